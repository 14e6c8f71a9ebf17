# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Outliers against the figures of the specification, and what must hold for all loads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.metrics.outliers import outliers

# drs-model 4.2, [Ex 4.2] and the boundaries of both conditions
CASES = {
    "four full, one empty": ((0.9, 0.9, 0.9, 0.9, 0.0), {"e": -0.9}),
    "one of four is full": ((0.55, 0.50, 0.52, 0.95), {"d": 0.415}),
    "far by half of the load, but near for these loads": ((0.2, 0.5, 0.8, 0.1, 0.9), {}),
    "exactly 30 points": ((0.5, 0.5, 0.5, 0.8), {"d": 0.3}),
    "less than 30 points": ((0.5, 0.5, 0.5, 0.79), {}),
    "two nodes have no median to be far from": ((0.0, 1.0), {}),
    "one node": ((0.9,), {}),
    "no node": ((), {}),
}


@pytest.mark.parametrize(("loads", "expected"), CASES.values(), ids=CASES)
def test_the_cases_of_the_specification(loads, expected):
    found = outliers(dict(zip("abcde", loads, strict=False)))
    assert found == {node: pytest.approx(distance) for node, distance in expected.items()}


@given(st.lists(st.floats(0, 1.5), max_size=12))
def test_never_half_of_the_nodes_are_outliers(loads):
    assert 2 * len(outliers(dict(enumerate(loads)))) <= len(loads)


@given(st.floats(0, 1.5), st.integers(0, 20))
def test_equal_loads_have_no_outlier(load, count):
    assert outliers(dict.fromkeys(range(count), load)) == {}

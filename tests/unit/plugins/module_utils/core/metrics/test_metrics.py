# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Imbalance metrics against the figures of the specification."""

from math import sqrt

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import METRICS
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.delta import gap
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation, variation_of_sums

# drs-model 4.1, [Ex 4.1]: loads, raw coefficient of variation, gap in points
TABLE = {
    "four full, one empty": ([0.9, 0.9, 0.9, 0.9, 0.0], 0.5, 90),
    "all on one of five": ([1, 0, 0, 0, 0], 2.0, 100),
    "two nodes": ([0.6, 0.2], 0.5, 40),
    "4 0 0": ([0.4, 0, 0], 1.414214, 40),
    "3 1 0": ([0.3, 0.1, 0], 0.935414, 30),
    "2 1 1": ([0.2, 0.1, 0.1], 0.353553, 10),
    "80 50 20": ([0.8, 0.5, 0.2], 0.489898, 60),
    "70 50 30": ([0.7, 0.5, 0.3], 0.326599, 40),
}


@pytest.mark.parametrize(("loads", "raw", "points"), TABLE.values(), ids=TABLE)
def test_the_table_of_the_specification(loads, raw, points):
    assert variation(loads) == pytest.approx(raw / sqrt(len(loads) - 1), abs=1e-6)
    assert 100 * gap(loads) == pytest.approx(points)


# seven equal guests, one after the other, into the empty node [Ex 4.2]
CV_PATH = (0.25, 0.216951, 0.183207, 0.148293, 0.111111, 0.080985, 0.051967, 0.027778)
LOAD_PATH = (
    (9, 9, 9, 9, 0), (8, 9, 9, 9, 1), (8, 8, 9, 9, 2), (8, 8, 8, 9, 3),
    (8, 8, 8, 8, 4), (7, 8, 8, 8, 5), (7, 7, 8, 8, 6), (7, 7, 7, 8, 7),
)  # fmt: skip


@pytest.mark.parametrize(
    ("loads", "expected"), list(zip(LOAD_PATH, CV_PATH, strict=True)), ids=[f"after {n}" for n in range(8)]
)
def test_the_path_of_the_specification(loads, expected):
    assert variation([load / 10 for load in loads]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("loads", "expected"), [([], 0.0), ([0.7], 0.0), ([0.0, 0.0], 0.0)], ids=["no node", "one node", "no load"]
)
@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_without_a_difference_there_is_no_imbalance(metric, loads, expected):
    assert metric.value(loads) == expected


@pytest.mark.parametrize(
    ("count", "total", "squares"), [(0, 0.0, 0.0), (1, 0.7, 0.49), (3, 0.0, 0.0)], ids=["no node", "one", "no load"]
)
def test_sums_without_a_difference(count, total, squares):
    assert variation_of_sums(count, total, squares) == 0.0

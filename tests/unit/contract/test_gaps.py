# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""A past with holes: what is missing is no zero, and a past that is missing altogether is said so."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

MEAN = Policy(estimator="mean")
TOO_LITTLE = "too little history of node"


def with_gap(ago, lasts):
    """Node a was not recorded for a while; otherwise nothing ever changed."""
    gaps = {"gaps": [{"ago": ago, "lasts": lasts}]}
    return uneven(nodes={"a": gaps, "b": {}, "c": {}}, cluster={"history": "2h"})


def loads_of(scenario):
    with scene(scenario, MEAN) as found:
        found.clock.sleep(30.0)
        plan = found.decide()
        return {load.node: load.memory for load in plan.before.loads}, " ".join(plan.notices), len(plan.moves)


@pytest.fixture(scope="module")
def complete():
    return loads_of(uneven(cluster={"history": "2h"}))


@pytest.mark.parametrize(("ago", "lasts"), [("50m", "5m"), ("30m", "11m"), ("10m", "9m")])
def test_rows_that_are_missing_count_neither_as_zero_nor_at_all(complete, ago, lasts):
    loads, notices, moves = loads_of(with_gap(ago, lasts))
    assert loads == pytest.approx(complete[0])
    assert TOO_LITTLE not in notices
    assert moves == complete[2] > 0


def test_a_node_with_too_many_holes_counts_as_what_it_uses_now_and_is_named(complete):
    loads, notices, _moves = loads_of(with_gap("50m", "20m"))
    assert loads == pytest.approx(complete[0])
    assert f"{TOO_LITTLE} a" in notices


def test_without_any_past_nothing_is_divided_by_zero_and_nothing_is_evened_out(complete):
    loads, notices, moves = loads_of(uneven())
    assert loads == pytest.approx(complete[0])
    assert f"{TOO_LITTLE} a, node b, node c" in notices
    assert "no balancing" in notices
    assert moves == 0

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Whether moves are worth it: drs-model 6.4 to 6.6."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.benefit.duration import move_seconds, stable_seconds
from ansible_collections.pve.drs.plugins.module_utils.core.benefit.strain import End, score_seconds
from ansible_collections.pve.drs.plugins.module_utils.core.benefit.worth import Scales, Worth, busy_hour
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Cost, Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

GIB = 2.0**30
ROW_2 = Cost(seconds=53.289156, bytes=58.618072 * GIB, downtime_seconds=0.053012)


def test_a_load_lasts_as_long_as_it_has_been_about_the_same() -> None:
    """[Ex 6.2]: the dip four minutes in ends the run; too few samples say nothing."""
    values = [2.0, 2.1, 1.9, 0.5, 2.0, 2.2, 2.1, 2.0, 1.9, 2.0]
    assert stable_seconds(values, 0.25) == 360.0
    assert stable_seconds(values[1:], 0.25) == 300.0
    assert stable_seconds([1.0] * 20, 0.25) == 1200.0


def test_what_a_migration_costs_in_score() -> None:
    """[Ex 6.3]."""
    ends = (End(weight=0.5, cores=32, wanted=0.95), End(weight=0.25, cores=32, wanted=0.40))
    assert score_seconds(0.025, ROW_2, ends) == pytest.approx(0.883927, abs=1e-6)
    assert score_seconds(0.025, ROW_2, ends, restarts=True) == pytest.approx(0.883927 + 9 * 0.001325, abs=1e-5)


@pytest.mark.parametrize(
    ("gain", "seconds", "ratio"),
    [(0.004, 1800, 8.145), (0.0005, 1800, 1.018), (0.0005, 3600, 2.036)],
)
def test_what_a_move_gives_for_its_cost(gain: float, seconds: float, ratio: float) -> None:
    """[Ex 6.3]: accepted while the ratio reaches the threshold."""
    worth = Worth(score_gain=gain, seconds=seconds, benefit=gain * seconds, cost=0.883927)
    assert worth.benefit / worth.cost == pytest.approx(ratio, abs=1e-3)
    assert worth.refusal(ratio - 0.01) is None
    assert "it costs more than it gives" in (worth.refusal(ratio + 0.01) or "")


def test_a_move_that_serves_guests_worse_is_refused_whatever_it_evens_out() -> None:
    """Risk: the bad hour must not be a loss."""
    worth = Worth(score_gain=-0.01, seconds=60, benefit=99.0, cost=1.0)
    assert worth.refusal(1.0) == "guests would be served worse: the score of the cluster falls by 1.000 points"


GUESTS = ["101 a 4c/20G", "102 a 4c/20G", "103 b 1c/4G"]
NODES = {"a": "16c/64G", "b": "16c/64G"}


def cluster_with(past: dict[int, ObjectHistory]) -> Cluster:
    return replace(a_cluster(NODES, GUESTS), history=History(now=3600.0, guests=past))


def an_hour(cpu: float, peak: float, memory: float = 20 * GIB) -> ObjectHistory:
    """Every tenth minute is a peak."""
    times = [60.0 * minute for minute in range(60)]
    values = tuple((time, peak if number % 10 == 9 else cpu) for number, time in enumerate(times))
    return ObjectHistory(cpu=Series(values), memory=Series(tuple((time, memory) for time in times)))


def test_where_nobody_is_short_only_evenness_counts() -> None:
    """[Ex 6.3b]: 0.05 of the imbalance that is taken away, for as long as it lasts."""
    problem = make_problem(cluster_with({}), Policy())
    worth = Scales(problem).weigh(problem.placement(), [Move(101, "a", "b")], evened=0.601690 - 0.196453)
    assert worth.score_gain == 0.0
    assert worth.benefit == pytest.approx(0.05 * 0.405237 * 300)
    assert worth.cost > 0.0
    full_hour = Worth(score_gain=0.0, seconds=1800, benefit=0.05 * (0.601690 - 0.196453) * 1800, cost=1.0)
    assert full_hour.benefit == pytest.approx(36.471330, abs=1e-6)


def test_weighing_leaves_the_placement_as_it_was() -> None:
    """Also after moves that this plan has made already."""
    problem = make_problem(cluster_with({101: an_hour(4, 12), 102: an_hour(4, 12)}), Policy())
    placement, scales = problem.placement(), Scales(problem)
    scales.weigh(placement, [Move(101, "a", "b")], evened=0.1)
    placement.apply(Move(101, "a", "b"))
    before = (dict(placement.node_of), placement.used("a"), placement.used("b"))
    scales.weigh(placement, [Move(102, "a", "b")], evened=0.1)
    assert (dict(placement.node_of), placement.used("a"), placement.used("b")) == before


def test_a_move_that_crowds_its_target_in_a_bad_hour_is_a_loss() -> None:
    """On average there is room on either node; at their peaks three guests want more than one node has."""
    peaks = {101: an_hour(2, 12), 102: an_hour(2, 12), 103: an_hour(2, 12)}
    guests = ["101 a 2c/20G", "102 b 2c/20G", "103 b 2c/4G"]
    cluster = replace(a_cluster(NODES, guests), history=History(now=3600.0, guests=peaks))
    problem = make_problem(cluster, Policy())
    worth = Scales(problem).weigh(problem.placement(), [Move(101, "a", "b")], evened=0.1)
    assert worth.score_gain < -1e-3


def test_a_bad_hour_is_made_of_what_is_known() -> None:
    """Guests without a past, or whose past was quieter, are as they are."""
    plain = cluster_with({})
    assert busy_hour(plain) is plain
    quiet = cluster_with({101: an_hour(1, 1, memory=GIB)})
    assert busy_hour(quiet) is quiet
    busy = busy_hour(cluster_with({101: an_hour(4, 12), 103: an_hour(0, 0, memory=0)}))
    assert busy.guest_by_vmid[101].demand.cpu == 12.0
    assert busy.node_by_name["a"].usage.cpu - plain.node_by_name["a"].usage.cpu == pytest.approx(8.0)
    assert busy.guest_by_vmid[103] == plain.guest_by_vmid[103]


def test_how_long_a_move_counts_is_what_all_have_in_common() -> None:
    """At least a minute, at most an hour."""
    jump = Series(tuple((60.0 * minute, 9.0 if minute == 59 else 1.0) for minute in range(60)))
    jumpy = ObjectHistory(cpu=jump, memory=Series(tuple((60.0 * minute, GIB) for minute in range(60))))
    move = [Move(101, "a", "b")]
    assert move_seconds(cluster_with({101: jumpy}), move) == 60.0
    assert move_seconds(cluster_with({101: an_hour(4, 4)}), move) == 300.0
    calm = ObjectHistory(
        cpu=Series(tuple((60.0 * m, 4.0) for m in range(90))), memory=Series(tuple((60.0 * m, GIB) for m in range(90)))
    )
    everything = History(now=0.0, guests={101: calm}, nodes={"a": calm, "b": calm})
    assert move_seconds(replace(a_cluster(NODES, GUESTS), history=everything), move) == 3600.0


def test_guests_that_do_not_run_move_for_nothing() -> None:
    """Nobody notices."""
    cluster = a_cluster(NODES, [a_guest(101, status="stopped"), "102 a 4c/20G", a_guest(103, "b", "1c/4G", type="lxc")])
    problem = make_problem(cluster, Policy())
    scales, placement = Scales(problem), problem.placement()
    assert scales.weigh(placement, [Move(101, "a", "b")], evened=0.0).cost == 0.0
    assert scales.weigh(placement, [Move(103, "b", "a")], evened=0.0).cost > 10.0 * 20.0 * 0.05

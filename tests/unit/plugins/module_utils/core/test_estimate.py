# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a past makes of a cluster: gaps, stale rows, moves of a short while ago."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import (
    ESTIMATORS,
    METHODS,
    estimator_of,
    make_problem,
)
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.estimate import estimate
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, ObjectHistory, PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.settled import settled_histories
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, moved
from ansible_collections.pve.drs.tests.histories import NOW, Past, past_move, values, with_past
from ansible_collections.pve.drs.tests.strategies import clusters, policies
from ansible_collections.pve.drs.tests.unit.judge import complaints

MEAN = ESTIMATORS["mean"]
looking_back = st.sampled_from([name for name, estimator in ESTIMATORS.items() if estimator.looks_back])


def wishes():
    """Pressure is never estimated."""
    return policies().map(lambda p: replace(p, method="cpu") if METHODS[p.method].needs.node_pressure else p)


def two_nodes(node_cpu=("60x 4c",), guest_cpu=("60x 2c",), **past):
    """Node a with guest 101, and node b without any."""
    cluster = a_cluster({"a": {"capacity": "8c/100G", "overhead": "2c/0G"}, "b": "8c/100G"}, ["101 a 2c/10G"])
    return with_past(cluster, Past({"a": {"cpu": node_cpu}}, {101: {"cpu": guest_cpu}}, **past))


def settled_cpu(cluster, node):
    return settled_histories(cluster)[node].cpu.values


def test_estimates_take_the_place_of_what_is_used_now():
    found = estimate(two_nodes(["30x 6c", "30x 8c"], ["60x 1c"]), MEAN).cluster
    assert found.node_by_name["a"].usage == Resources(7.0, 10 * GIB)
    assert found.node_by_name["a"].surge == Resources(-3.0, 0.0)
    assert found.guest_by_vmid[101].demand == Resources(1.0, 10 * GIB)
    assert found.guest_by_vmid[101].peak == Resources(2.0, 10 * GIB)


def test_a_snapshot_leaves_everything_as_it_is():
    cluster = two_nodes(["60x 8c"])
    assert estimate(cluster, ESTIMATORS["snapshot"]).cluster is cluster


@pytest.mark.parametrize(
    ("cpu", "past", "expected"),
    [
        (["12x -", "48x 8c"], {}, 8.0),
        (["13x -", "47x 8c"], {}, 4.0),
        (["57x 8c", "3x -"], {}, 8.0),
        (["56x 8c", "4x -"], {}, 4.0),
        (["60x 8c"], {"late": 180}, 8.0),
        (["60x 8c"], {"late": 181}, 4.0),
        (["9x 1c", "61x 8c"], {}, 8.0),
        (["60x -"], {}, 4.0),
    ],
    ids=["gaps", "too many gaps", "late", "stale", "three minutes", "over three minutes", "70 rows", "nothing"],
)
def test_a_past_that_is_too_thin_does_not_count(cpu, past, expected):
    """drs-model 2.9: more than a fifth missing, or nothing for three minutes; present use is 4 cores."""
    found = estimate(two_nodes(cpu, **past), MEAN).cluster
    assert found.node_by_name["a"].usage.cpu == pytest.approx(expected, abs=0.12)
    assert bool(found.warnings) == (expected == 4.0)


def test_a_node_without_any_past_counts_as_it_is_now():
    cluster = two_nodes()
    history = replace(cluster.history, nodes={"b": cluster.history.nodes["b"]}, guests={101: ObjectHistory()})
    found = estimate(replace(cluster, history=history), MEAN)
    assert found.cluster.nodes == cluster.nodes
    assert [w for w in found.cluster.warnings if "of node a, guest 101:" in w]
    assert found.unsure == "no balancing: 2 of 3 nodes and guests have too little history, see the warning"


def test_half_of_the_histories_are_enough():
    cluster = two_nodes(["20x -", "40x 4c"])
    nodes_only = replace(cluster, history=replace(cluster.history, guests={}))
    assert estimate(nodes_only, MEAN).unsure is None


def test_a_long_list_of_names_is_cut_short():
    cluster = with_past(a_cluster({f"n{i:02}": "8c/100G" for i in range(12)}), Past({}, {}, late=600))
    [warning] = estimate(cluster, MEAN).cluster.warnings
    assert "node n08, node n09 and 2 more:" in warning


def test_guests_that_do_not_run_have_no_past():
    cluster = two_nodes()
    stopped = replace(cluster, guests=tuple(replace(guest, status="stopped") for guest in cluster.guests))
    assert estimate(stopped, MEAN).cluster.guest_by_vmid[101].demand == Resources(2.0, 10 * GIB)


def test_an_unknown_estimator_is_named():
    with pytest.raises(BadPolicy, match="estimator guess is unknown; known are snapshot, mean, ema"):
        estimator_of(Policy(estimator="guess"))


def test_a_guest_is_moved_back_in_time():
    """It left a for b half an hour ago: 2 of the 4 cores there were its own until then."""
    cluster = two_nodes(["30x 6c", "30x 4c"], moves=["101 b->a 1800s ago"])
    assert settled_cpu(cluster, "a") == pytest.approx(30 * [8.0] + 30 * [4.0])
    away = two_nodes(["30x 6c", "30x 4c"], moves=["101 a->b 1800s ago"])
    assert settled_cpu(away, "a") == pytest.approx(30 * [4.0] + 30 * [4.0])
    assert settled_cpu(away, "b") == pytest.approx(30 * [2.0 + 0.0] + 30 * [0.0])


def test_the_minute_of_its_arrival_counts_in_part():
    """A quarter of that minute had passed: the other three quarters are in the sample already."""
    series = Series(((NOW - 60, 4.0), (NOW, 5.5)))
    move = PastMove(ended=NOW - 45, vmid=101, source="b", target="a")
    past = History(now=NOW, nodes={"a": ObjectHistory(cpu=series)}, moves=(move,))
    assert settled_cpu(replace(two_nodes(), history=past), "a") == pytest.approx((6.0, 6.0))
    alone = {"a": ObjectHistory(cpu=Series(series.samples[1:])), "b": ObjectHistory()}
    lone = replace(past, nodes=alone, moves=(replace(move, ended=NOW + 1),))
    assert settled_cpu(replace(two_nodes(), history=lone), "a") == (7.5,)
    assert settled_cpu(replace(two_nodes(), history=lone), "b") == ()


@pytest.mark.parametrize(
    ("guest_cpu", "expected"),
    [(["30x 1c", "30x 2c"], 30 * [5.0] + 30 * [6.0]), (["58x -", "2x 2c"], 58 * [4.0] + 2 * [6.0])],
    ids=["its own series", "it did not run"],
)
def test_it_is_corrected_by_what_it_used_then(guest_cpu, expected):
    assert settled_cpu(two_nodes(guest_cpu=guest_cpu, moves=["101 b->a 0s ago"]), "a") == pytest.approx(expected)


def test_missing_samples_stay_missing_and_nothing_falls_below_nothing():
    cluster = two_nodes(["10x -", "50x 1c"], moves=["101 a->b 0s ago"])
    assert settled_cpu(cluster, "a") == 50 * (0.0,)


def test_a_moved_guest_without_a_past_counts_as_it_is_now():
    cluster = two_nodes(moves=["101 b->a 0s ago", "999 b->a 0s ago"])
    unasked = replace(cluster, history=replace(cluster.history, guests={}))
    assert settled_cpu(unasked, "a") == 60 * (6.0,)


def test_the_room_on_a_node_is_what_the_larger_figure_leaves():
    """Present use counts for room, even after the guest whose average is high has left."""
    cluster = a_cluster(
        {"a": "8c/100G", "b": {"capacity": "8c/100G", "usage": "5c/80G"}}, ["101 b 1c/10G", "102 a 3c/30G"]
    )
    past = Past({"b": {"memory": ["60x 70G"]}}, {101: {"memory": ["60x 40G"]}, 102: {"memory": ["60x 5G"]}})
    placement = make_problem(with_past(cluster, past), Policy(estimator="mean")).placement()
    assert placement.claimed("b").memory == 80 * GIB
    assert placement.used("b").memory == 70 * GIB
    placement.apply(Move(101, "b", "a"))
    assert placement.claimed("b").memory == 70 * GIB
    placement.start(Move(102, "a", "b"))
    assert placement.claimed("b").memory == 100 * GIB
    assert placement.used("b").memory == 35 * GIB


@pytest.mark.parametrize("text", ["3", "x 2c", "2c 30x", "2.c", "1x"])
def test_a_careless_past_is_refused(text):
    with pytest.raises(ValueError, match="is no run of samples"):
        values([text])


def test_careless_moves_are_refused():
    with pytest.raises(ValueError, match="is no past move"):
        past_move("101 a b")


def constant(cluster, **past):
    return with_past(cluster, Past({}, {guest.vmid: {} for guest in cluster.guests if guest.is_active}, **past))


def carried_out(cluster, plan):
    """A minute later: the moves are in the list of tasks, all that was measured is of the time before."""
    moves = tuple(PastMove(ended=NOW, vmid=p.move.vmid, source=p.move.source, target=p.move.target) for p in plan.moves)
    return replace(moved(cluster, plan), history=replace(cluster.history, moves=moves))


@given(name=looking_back, cluster=clusters(), policy=wishes())
def test_a_constant_past_changes_nothing(name, cluster, policy):
    plan, now = make_plan(constant(cluster), replace(policy, estimator=name)), make_plan(cluster, policy)
    assert [planned.move for planned in plan.moves] == [planned.move for planned in now.moves]


@given(name=looking_back, cluster=clusters(plain=True, least_nodes=2), policy=wishes())
def test_a_second_run_right_after_the_first_sees_what_the_first_did(name, cluster, policy):
    wanted = replace(policy, estimator=name)
    # a node that reports less than its guests do has no past that fits them
    nodes = tuple(replace(n, usage=_at_least(n.usage, cluster, n.name)) for n in cluster.nodes)
    honest = constant(replace(cluster, nodes=nodes))
    plan = make_plan(honest, wanted)
    again, now = make_plan(carried_out(honest, plan), wanted), make_plan(moved(honest, plan), policy)
    assert [planned.move for planned in again.moves] == [planned.move for planned in now.moves]
    assert again.before.imbalance == pytest.approx(plan.after.imbalance, abs=1e-6)


def _at_least(usage, cluster, node):
    used = sum((guest.demand for guest in cluster.guests if guest.node == node), start=NOTHING)
    return Resources(max(usage.cpu, used.cpu), max(usage.memory, used.memory))


@given(cluster=clusters(), policy=wishes(), resource=st.sampled_from(("memory", "cpu")), chosen=st.booleans())
def test_the_recorded_methods_are_means(cluster, policy, resource, chosen):
    """drs-model 2.3: memory_rrd is memory with the mean, whatever the guests used."""
    told = {guest.vmid: {"cpu": ["59x 1c", "7c"], "memory": ["30x 1G", "30x 9G"]} for guest in cluster.guests}
    past = with_past(cluster, Past({}, told))
    recorded = replace(policy, method=f"{resource}_rrd", estimator="mean" if chosen else "snapshot")
    plan = make_plan(past, recorded)
    same = make_plan(past, replace(policy, method=resource, estimator="mean"))
    assert plan.before.imbalance == same.before.imbalance
    assert [planned.move for planned in plan.moves] == [planned.move for planned in same.moves]
    assert complaints(past, recorded, plan) == []


def test_a_recorded_method_takes_no_other_estimator():
    with pytest.raises(BadPolicy, match="method cpu_rrd goes with no estimator but mean, not with ema"):
        make_plan(two_nodes(), Policy(method="cpu_rrd", estimator="ema"))


@given(name=looking_back, cluster=clusters(), policy=wishes(), data=st.data())
def test_the_judge_has_nothing_to_say_whatever_the_past(name, cluster, policy, data):
    sizes = st.sampled_from(("0.25", "1", "3", "7"))
    times = st.integers(1, 20)
    told = st.lists(st.builds("{}x {}c".format, times, sizes), min_size=1, max_size=3)
    active = [guest.vmid for guest in cluster.guests if guest.is_active]
    amounts = st.lists(st.builds("{}x {}G".format, times, sizes), min_size=1, max_size=3)
    told_of = {
        vmid: {"cpu": data.draw(told), "memory": data.draw(amounts)} for vmid in active if data.draw(st.booleans())
    }
    past = Past({}, told_of)
    wanted, cluster = replace(policy, estimator=name), with_past(cluster, past)
    assert complaints(cluster, wanted, make_plan(cluster, wanted)) == []

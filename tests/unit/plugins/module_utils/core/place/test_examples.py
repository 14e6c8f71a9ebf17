# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Examples of initial placement: one guest, many, newcomers, and who decides."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import CONSTRAINTS, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoQuorum
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import Pool, Terms
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import (
    Commitment,
    Newcomer,
    Started,
    Starting,
    as_start,
)
from ansible_collections.pve.drs.plugins.module_utils.core.place.ground import ALSO_RUNNING, ANYWHERE, MOVING, NEVER
from ansible_collections.pve.drs.plugins.module_utils.core.place.make import starts
from ansible_collections.pve.drs.plugins.module_utils.core.place.newcomers import free_vmids
from ansible_collections.pve.drs.plugins.module_utils.core.place.report import (
    loads_report,
    placements_report,
    starts_report,
    starts_text,
)
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest

ROOMY = {"a": "8c/64G", "b": "8c/64G", "c": "8c/64G"}


def off(vmid, node="a", size="2c/8G", **facts):
    return a_guest(vmid, node, "0c/0G", size=size, status="stopped", **facts)


def planned(cluster, *vmids, policy=None, is_time_up=lambda: False, **wanted):
    return starts(Starting(vmids=vmids, **wanted))(cluster, policy or Policy(), is_time_up)


def targets(plan):
    return {one.vmid: one.target for one in plan.placed}


def kinds(plan):
    return {one.vmid: one.kind for one in plan.placed}


def rule(kind, *vmids, **facts):
    return Rule(name=kind, type=kind, guests=GuestSelector(vmids=frozenset(vmids)), **facts)


def test_three_equal_guests_take_a_node_each():
    """[Ex 8.2]: three empty nodes, all guests on the first."""
    plan = planned(a_cluster(ROOMY, [off(101), off(102), off(103)]), 101, 102, 103)
    assert targets(plan) == {101: "a", 102: "b", 103: "c"}
    assert [str(p.move) for p in plan.moves] == ["102 a->b", "103 a->c"]
    assert [str(p.move) for p in plan.moves_in_question] == ["102 a->b", "103 a->c", "101 a->a"]
    assert plan.units == ((101,), (102,), (103,))


def test_constraints_that_are_told_apart_exist():
    names = {constraint.name for constraint in make_problem(a_cluster(ROOMY), Policy()).constraints}
    assert names >= {*ANYWHERE, *MOVING, *ALSO_RUNNING, *NEVER}
    assert len(CONSTRAINTS) == len(names)


def test_proxmox_would_take_the_node_of_the_example():
    """[Ex 6.10]: closeness .508208 .868031 .131969."""
    nodes = {
        "n1": {"capacity": "16c/32G", "usage": Resources(6.0, 16 * GIB)},
        "n2": {"capacity": "16c/32G", "usage": Resources(12.0, 8 * GIB)},
        "n3": {"capacity": "16c/32G", "usage": Resources(2.0, 20 * GIB)},
    }
    policy = Policy(planners=("crs",), cpu_max=1.0, memory_max=1.0)
    plan = planned(a_cluster(nodes, [off(101, "n1", "4c/8G")]), 101, policy=policy)
    (one,) = plan.placed
    assert plan.figure == "closeness"
    assert one.target == one.ranked[0].node
    assert [ranked.node for ranked in one.ranked] == ["n2", "n1", "n3"]


@pytest.mark.parametrize("mode", ["dynamic", "static"])
def test_guests_that_proxmox_would_pile_up_spread_where_those_before_count(mode):
    guests = [off(vmid, size="2c/8G") for vmid in (101, 102, 103)]
    plan = planned(a_cluster(ROOMY, guests), 101, 102, 103, policy=Policy(planners=("crs",), crs_mode=mode))
    assert targets(plan) == {101: "a", 102: "b", 103: "c"}


def test_the_score_sends_a_guest_where_everybody_is_served():
    nodes = {
        "a": {"capacity": "8c/64G", "usage": Resources(6.0, 4 * GIB)},
        "b": {"capacity": "8c/64G", "usage": Resources(1.0, 30 * GIB)},
    }
    guests = [a_guest(201, "a", "6c/4G"), a_guest(202, "b", "1c/30G"), off(101, size="2c/4G")]
    policy = Policy(planners=("repair", "serve"), triggers=("score",))
    plan = planned(a_cluster(nodes, guests), 101, policy=policy)
    assert (plan.figure, targets(plan)) == ("score", {101: "b"})
    assert targets(planned(a_cluster(nodes, guests), 101)) == {101: "a"}


def test_room_is_for_all_memory_that_is_configured():
    """It used little when it ran, and could use much."""
    nodes = {"a": {"capacity": "8c/64G", "overhead": "0c/40G"}, "b": {"capacity": "8c/64G", "overhead": "0c/50G"}}
    (one,) = planned(a_cluster(nodes, [off(101, "b", "2c/16G")]), 101).placed
    assert (one.target, [r.target for r in one.refusals]) == ("a", ["b"])
    assert one.refusals[0].constraint == "memory_capacity"


def test_a_commitment_counts_like_load():
    cluster = a_cluster(ROOMY | {"c": {"capacity": "8c/64G", "status": "offline"}}, ["201 a 0c/1G", off(101)])
    made = Commitment(vmid=201, node="a", expected=Resources(2.0, 16 * GIB), time=0.0)
    plan = planned(cluster, 101, commitments=(made,), now=10.0)
    assert targets(plan) == {101: "b"}
    assert plan.notices == ("guests that were started a moment ago count with what they will use: 201",)
    assert targets(planned(cluster, 101, commitments=(made,), now=1e6)) == {101: "b"}


def test_guests_of_a_batch_are_exchanged_so_that_fewer_move():
    """The first one would take the emptier node; with both on their own the loads are as even."""
    nodes = {"a": "8c/64G", "b": {"capacity": "8c/64G", "overhead": "0c/1G"}}
    plan = planned(a_cluster(nodes, [off(101, "b"), off(102, "a")]), 101, 102)
    assert (targets(plan), plan.moves) == ({101: "b", 102: "a"}, ())
    hasty = planned(a_cluster(nodes, [off(101, "b"), off(102, "a")]), 101, 102, is_time_up=lambda: True)
    assert targets(hasty) == {101: "a", 102: "b"}


def test_guests_are_not_exchanged_where_that_makes_loads_less_even():
    nodes = {"a": "8c/64G", "b": {"capacity": "8c/64G", "overhead": "0c/8G"}}
    plan = planned(a_cluster(nodes, [off(101, "b", "2c/16G"), off(102, "a")]), 101, 102)
    assert targets(plan) == {101: "a", 102: "b"}


def test_a_full_batch_is_packed_by_every_combination():
    """45 + 10 and 30 + 25 fill both nodes; taking the most even node first leaves one out."""
    nodes = {"a": {"capacity": "64c/64G"}, "b": {"capacity": "64c/64G"}}
    sizes = {101: "1c/45G", 102: "1c/30G", 103: "1c/25G", 104: "1c/10G"}
    plan = planned(a_cluster(nodes, [off(vmid, size=size) for vmid, size in sizes.items()]), *sizes)
    assert not plan.refused
    assert targets(plan)[101] == targets(plan)[104] != targets(plan)[102]


def test_who_has_no_node_is_told_with_reasons_and_the_others_start_unless_all_or_none():
    cluster = a_cluster(ROOMY, [off(101), off(102, size="2c/100G")])
    plan = planned(cluster, 101, 102)
    assert kinds(plan) == {101: "placed", 102: "refused"}
    assert [refusal.target for refusal in plan.refused[0].refusals] == ["a", "b", "c"]
    assert plan.units == ((101,),)
    atomic = planned(cluster, 101, 102, is_atomic=True)
    assert (atomic.withheld, atomic.steps, atomic.units) == (True, (), ())
    assert "nothing is done, as all were wanted or none" in starts_text(atomic, cluster)


def test_where_room_ran_out_the_reason_is_that():
    nodes = {"a": "8c/20G"}
    plan = planned(a_cluster(nodes, [off(vmid) for vmid in (101, 102, 103)]), 101, 102, 103)
    assert sorted(kinds(plan).values()) == ["placed", "placed", "refused"]
    assert "above its limit" in plan.refused[0].reason


def test_guests_that_belong_together_share_a_node_also_with_one_that_runs():
    cluster = a_cluster(ROOMY, ["201 c 1c/20G", off(101), off(102, "b"), off(103)])
    rules = (rule("together", 101, 102, 201),)
    plan = planned(cluster, 101, 102, 103, policy=Policy(rules=rules))
    assert targets(plan)[101] == targets(plan)[102] == "c"
    assert plan.units == ((101, 102), (103,))
    assert targets(planned(cluster, 101, policy=Policy(rules=rules))) == {101: "c"}


def test_should_rules_are_kept_where_that_leaves_nobody_out():
    apart = (rule("separate", 101, 102, 103, strength="should"), rule("run_on", 101, nodes=("c",), strength="should"))
    plan = planned(a_cluster(ROOMY, [off(101), off(102), off(103)]), 101, 102, 103, policy=Policy(rules=apart))
    assert targets(plan)[101] == "c"
    assert sorted(targets(plan).values()) == ["a", "b", "c"]
    narrow = {"a": "8c/40G", "b": {"capacity": "8c/40G", "overhead": "0c/30G"}}
    plan = planned(a_cluster(narrow, [off(101), off(102)]), 101, 102, policy=Policy(rules=apart[:1]))
    assert targets(plan) == {101: "a", 102: "a"}
    short = {"a": "8c/10G"}
    plan = planned(a_cluster(short, [off(101), off(102)]), 101, 102, policy=Policy(rules=apart[:1]))
    assert len(plan.refused) == 1


def test_a_should_rule_gives_way_to_a_guest_that_has_no_other_node():
    """The large one should be where the small one must be, and there is room for one of them."""
    nodes = {"a": "8c/20G", "b": "8c/20G"}
    rules = (
        rule("run_on", 101, nodes=("a",), strength="should"),
        replace(rule("run_on", 102, nodes=("a",)), name="must"),
    )
    cluster = a_cluster(nodes, [off(101, "a", "2c/15G"), off(102, "b", "2c/10G")])
    assert targets(planned(cluster, 101, 102, policy=Policy(rules=rules))) == {101: "b", 102: "a"}
    assert targets(planned(cluster, 101, policy=Policy(rules=rules))) == {101: "a"}


def test_a_pinned_guest_starts_where_it_is_and_an_ignored_one_not_at_all():
    cluster = a_cluster(ROOMY, ["201 a 1c/30G", off(101), off(102)])
    plan = planned(cluster, 101, 102, policy=Policy(rules=(rule("pin", 101), rule("ignore", 102))))
    assert (targets(plan), kinds(plan)) == ({101: "a", 102: None}, {101: "placed", 102: "ignored"})
    assert plan.refused == ()
    assert plan.placed[1].reason == "it is ignored (rule ignore)"


def test_what_stands_against_a_move_does_not_stand_against_starting_in_place():
    cluster = a_cluster(
        ROOMY,
        ["201 a 1c/30G", off(101), off(102, lock="backup"), off(103, is_template=True)],
        preconditions={101: Precondition(anywhere="it has a local disk")},
    )
    plan = planned(cluster, 101, 102, 103)
    assert targets(plan) == {101: "a", 102: None, 103: None}
    assert plan.placed[1].reason == "no node may take it: it is locked (backup)"


def test_by_hand_means_recommended_for_all_that_start_together():
    rules = (rule("together", 101, 102), rule("automation", 102, level="manual"))
    cluster = a_cluster(ROOMY, [off(101), off(102), off(103)])
    plan = planned(cluster, 101, 102, 103, policy=Policy(rules=rules))
    assert kinds(plan) == {101: "recommended", 102: "recommended", 103: "placed"}
    assert plan.units == ((103,),)
    assert plan.placed[0].reason == "rule automation has it placed by hand"
    by_option = planned(cluster, 101, policy=Policy(automation="manual"))
    assert by_option.placed[0].reason == "option automation has it placed by hand"
    assert kinds(planned(cluster, 101, policy=Policy(automation="partial"))) == {101: "placed"}


def test_guests_that_the_ha_manager_places_are_left_to_it():
    cluster = a_cluster(ROOMY, [off(101, hastate="stopped"), off(102)])
    plan = planned(cluster, 101, 102, defers_to_ha=True)
    assert kinds(plan) == {101: "left_to_ha", 102: "placed"}
    assert (plan.units, targets(plan)[101]) == (((101,), (102,)), None)
    assert kinds(planned(cluster, 101)) == {101: "placed"}


def test_a_guest_that_runs_is_left_alone_and_where_it_must_not_be_that_is_told():
    full = {"capacity": "8c/64G", "overhead": "0c/60G"}
    cluster = a_cluster(ROOMY | {"a": full}, ["201 a 1c/4G", "202 b 1c/4G"])
    plan = planned(cluster, 201, 202, policy=Policy(rules=(rule("run_on", 201, nodes=("b",)),)))
    assert (kinds(plan), plan.moves) == ({201: "runs", 202: "runs"}, ())
    assert plan.notices == (
        "201 runs already, and a holds 201, which rule run_on does not allow there; drs_balance mends that",
    )


def a_newcomer(vmid=100, **facts):
    guest = a_guest(vmid, "", "0c/0G", size="2c/8G", status="stopped", name=facts.pop("name", "web"), **facts)
    return Newcomer(guest=guest, storage="ceph", disk_bytes=10 * GIB)


FREE = {("ceph", "images"): {"a": 100 * GIB, "b": 5 * GIB}, ("ceph", "rootdir"): {"c": 100 * GIB}}


def test_newcomers_go_where_their_storage_is():
    new = (a_newcomer(), a_newcomer(102, name="box", type="lxc"), Newcomer(guest=off(103, "", name="diskless")))
    plan = planned(a_cluster(ROOMY, [off(101)]), 101, newcomers=new, free_bytes=FREE)
    assert (targets(plan)[100], targets(plan)[102], plan.refused) == ("a", "c", ())
    reasons = {refusal.reason for refusal in plan.placed[0].refusals}
    assert "storage ceph has 5.0 GiB free on b, too little for 10.0 GiB" in reasons
    assert "storage ceph is not there for images on c" in reasons


def test_free_ids_are_the_lowest():
    assert free_vmids([100, 102, 7], 3) == (101, 103, 104)
    assert free_vmids([], 0) == ()


def test_the_past_of_a_guest_that_does_not_run_is_not_what_it_uses_now():
    """Estimators look back at guests that run."""
    idle = Series(tuple((60.0 * minute, 0.0) for minute in range(61)))
    busy = Series(tuple((60.0 * minute, 4 * GIB) for minute in range(61)))
    history = History(
        now=3600.0,
        nodes={name: ObjectHistory(cpu=idle, memory=busy) for name in ROOMY},
        guests={101: ObjectHistory(cpu=idle, memory=idle)},
    )
    plan = planned(a_cluster(ROOMY, [off(101)], history=history), 101, policy=Policy(estimator="mean"))
    assert plan.placed[0].ranked[0].load == pytest.approx(12 / 64)
    assert plan.notices == ()


def test_where_the_load_makes_no_difference_the_node_that_is_used_less_is_better():
    nodes = ROOMY | {"a": {"capacity": "8c/64G", "overhead": "2c/0G"}}
    assert targets(planned(a_cluster(nodes, [off(101)]), 101)) == {101: "b"}


def a_pool(reservation, *vmids, expandable=False):
    """Guests of a core each."""
    terms = {"cpu": Terms(reservation=reservation, expandable=expandable), "memory": Terms()}
    own = {"cpu": Terms(reservation=1.0), "memory": Terms()}
    return Pool(name="web", terms=terms, guests=dict.fromkeys(vmids, own))


def test_a_pool_admits_as_many_as_it_can_keep_its_promise_to():
    """[Ex 5.11], with guests that run before those that are to be started."""
    guests = ["201 a 1c/4G", off(101), off(102), off(103)]
    cluster, vmids = a_cluster(ROOMY, guests), (101, 102, 103)
    plan = planned(cluster, *vmids, policy=Policy(pools=(a_pool(3.0, 201, *vmids),)))
    assert kinds(plan) == {101: "placed", 102: "placed", 103: "refused"}
    assert plan.refused[0].reason.startswith("no node may take it: it cannot have its reservation: pool web reserves 3")
    assert {refusal.constraint for refusal in plan.refused[0].refusals} == {"admission"}
    borrowing = Policy(pools=(a_pool(3.0, 201, *vmids, expandable=True),))
    assert not planned(cluster, *vmids, policy=borrowing).refused
    assert not planned(cluster, *vmids, policy=Policy(pools=(a_pool(0.5, 201),))).refused
    served = replace(borrowing, planners=("serve",), triggers=("score",))
    assert planned(cluster, *vmids, policy=served).figure == "score"


def test_without_quorum_nothing_is_planned():
    with pytest.raises(NoQuorum, match="has no quorum"):
        planned(a_cluster(ROOMY, is_quorate=False))


def test_when_the_time_is_up_a_notice_says_so():
    plan = planned(a_cluster(ROOMY, [off(101), off(102)]), 101, 102, is_time_up=lambda: True)
    assert any("the search for nodes ended early" in notice for notice in plan.notices)
    assert not plan.refused


def test_only_a_plan_of_starts_is_one():
    plan = planned(a_cluster(ROOMY))
    assert as_start(plan) is plan
    with pytest.raises(TypeError, match="where one of starts is needed"):
        as_start(make_plan(a_cluster(ROOMY), Policy()))
    assert isinstance(plan, Plan)


def test_everything_is_told_as_data_and_as_text():
    guests = [
        off(101, name="web", hastate="stopped"),
        off(102, name="twin"),
        off(103, name="twin"),
        "201 b 1c/4G",
        off(104, size="2c/90G"),
    ]
    cluster = a_cluster(ROOMY, guests, name="lab")
    rules = (
        rule("separate", 102, 103),
        Rule(name="late", type="together", guests=GuestSelector(vmids=frozenset((102, 103)))),
    )
    plan = planned(
        cluster,
        101,
        102,
        103,
        104,
        201,
        policy=Policy(rules=rules),
        defers_to_ha=True,
        newcomers=(a_newcomer(),),
        free_bytes=FREE,
    )
    done = {
        102: Started(vmid=102, status="done", reason="started on a", node="a", is_running=True),
        103: Started(vmid=103, status="failed", reason="lost", node=None),
    }
    entries = {entry["vmid"]: entry for entry in starts_report(plan, cluster, done)}
    assert [entry["kind"] for entry in entries.values()] == [
        "placed",
        "left_to_ha",
        "placed",
        "placed",
        "refused",
        "runs",
    ]
    assert entries[102]["outcome"] == {"status": "done", "reason": "started on a", "node": "a", "running": True}
    assert entries[100]["node"] is None
    assert entries[101]["expected"] is None
    assert entries[102]["expected"]["room_bytes"] == 8 * 2**30
    assert sum(load["guests_after"] - load["guests_before"] for load in loads_report(plan)) == 3
    assert placements_report(plan, cluster).keys() == {"100", "102", "103", "201"}
    text = starts_text(plan, cluster, done)
    for words in (
        "pve.drs: starts on cluster lab",
        "is left to the HA manager",
        "104 has no node: no node may take it",
        "runs already",
        "not c: storage ceph",
        "Rules that do not count",
        "102 (twin) done: started on a, on a, running",
        "103 (twin) failed: lost, nobody knows where, not running",
        "new -> a",
    ):
        assert words in text
    assert starts_text(replace(plan, disabled_rules=()), cluster).count("Outcome") == 0

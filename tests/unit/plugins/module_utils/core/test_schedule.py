# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Steps hold every move once, and at each instant every gaining node has room."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    Cost,
    Move,
    Plan,
    PlannedMove,
    Proposal,
    Step,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.schedule import (
    can_be_ordered,
    schedule,
    within_limits,
)
from ansible_collections.pve.drs.tests.builders import a_cluster
from ansible_collections.pve.drs.tests.strategies import clusters, policies
from ansible_collections.pve.drs.tests.unit.judge import CHECKS
from ansible_collections.pve.drs.tests.unit.ledger import Case

SOME = Limits(max_parallel=3, max_parallel_per_node=3)
GUARDS = (
    "sources",
    "memory_guard",
    "cpu_guard",
    "count_guard",
    "limits_hold",
    "nothing_new_is_broken",
    "guests_apart_never_meet",
    "guests_go_where_they_may",
)


def a_proposal(text: str) -> Proposal:
    """Read `101 a->b`."""
    vmid, _unused, ends = text.partition(" ")
    source, _unused, target = ends.partition("->")
    return Proposal(moves=(Move(int(vmid), source, target),), category="contention", reason="because")


def a_rule(kind: str, *vmids: int) -> Rule:
    return Rule(name="r", type=kind, guests=GuestSelector(vmids=frozenset(vmids)))


def steps_for(cluster: Cluster, policy: Policy, *moves: str) -> list[list[str]]:
    steps = schedule(make_problem(cluster, policy), [a_proposal(move) for move in moves])
    return [[str(proposal.moves[0]) for proposal in step] for step in steps]


@st.composite
def orders(draw: st.DrawFn) -> tuple[Cluster, Policy, list[Proposal]]:
    """Moves that are allowed one after the other, as a planner proposes them."""
    cluster, policy = draw(clusters(plain=True, least_nodes=2)), draw(policies(max_moves=99))
    problem = make_problem(cluster, policy)
    placement, found = problem.placement(), []
    for guest in draw(st.permutations(cluster.guests)):
        targets = sorted(problem.targets(placement, guest.vmid))
        if targets:
            move = Move(guest.vmid, guest.node, draw(st.sampled_from(targets)))
            placement.apply(move)
            found.append(Proposal(moves=(move,), category="contention", reason="because"))
    return cluster, policy, found


@given(orders())
def test_the_same_moves_come_out_that_went_in(order):
    cluster, policy, proposals = order
    steps = schedule(make_problem(cluster, policy), proposals)
    assert sorted(p.moves for step in steps for p in step) == sorted(p.moves for p in proposals)


@given(orders())
def test_every_instant_is_within_limits(order):
    cluster, policy, proposals = order
    steps = schedule(make_problem(cluster, policy), proposals)
    case = Case(cluster, policy, _plan_of(cluster, policy, steps))
    assert [f"{name}: {text}" for name in GUARDS for text in CHECKS[name](case)] == []


def _plan_of(cluster: Cluster, policy: Policy, steps) -> Plan:
    return replace(make_plan(cluster, policy), steps=tuple(Step(tuple(map(_planned, step))) for step in steps))


def test_a_node_that_gains_does_not_send_in_the_same_step():
    """Sending takes a core that the arrival needs: 6 + 0.2 and one core for each of two streams exceed 90 % of 9."""
    cluster = a_cluster(dict.fromkeys("abc", "9c/100G"), ["101 a 0.2c/5G", "102 b 6c/5G"])
    assert steps_for(cluster, Policy(), "101 a->b", "102 b->c") == [["101 a->b"], ["102 b->c"]]
    assert steps_for(cluster, Policy(), "102 b->c", "101 a->b") == [["102 b->c"], ["101 a->b"]]


def test_moves_that_share_no_node_run_side_by_side():
    cluster = a_cluster(dict.fromkeys("abcd", "8c/100G"), ["101 a 1c/5G", "102 b 1c/5G"])
    assert steps_for(cluster, Policy(), "101 a->c", "102 b->d") == [["101 a->c", "102 b->d"]]


def test_a_departure_is_credited_when_its_step_has_ended():
    cluster = a_cluster(dict.fromkeys("abc", "8c/100G"), ["101 a 1c/50G", "102 b 1c/50G"])
    assert steps_for(cluster, Policy(), "102 b->c", "101 a->b") == [["102 b->c"], ["101 a->b"]]


@pytest.mark.parametrize(
    ("limits", "sizes"),
    [
        (Limits(max_parallel=1, max_parallel_per_node=9), [1, 1, 1, 1, 1]),
        (Limits(max_parallel=3, max_parallel_per_node=9), [3, 2]),
        (Limits(max_parallel=9, max_parallel_per_node=2), [2, 2, 1]),
        (Limits(max_parallel=9, max_parallel_per_node=9), [5]),
    ],
    ids=["one at a time", "three in all", "two a node", "no limit"],
)
def test_limits_shape_the_steps(limits, sizes):
    cluster = a_cluster(dict.fromkeys("abcdef", "32c/100G"), [f"{101 + n} a 1c/5G" for n in range(5)])
    moves = [f"{101 + number} a->{target}" for number, target in enumerate("bcdef")]
    assert [len(step) for step in steps_for(cluster, Policy(limits=limits), *moves)] == sizes


def test_moves_that_block_each_other_side_by_side_go_one_at_a_time():
    """105 overtakes 102 and takes the room on a that 102 needs, before 103 and 104 can change places."""
    guests = ["101 x 1c/20G", "102 x 1c/30G", "103 c 1c/60G", "104 a 1c/50G", "105 y 1c/35G", "106 x 1c/25G"]
    cluster = a_cluster(dict.fromkeys("abcxy", "32c/100G"), guests)
    policy = Policy(limits=Limits(max_parallel_per_node=1))
    moves = ["101 x->b", "102 x->a", "103 c->x", "104 a->c", "105 y->a"]
    assert steps_for(cluster, policy, *moves) == [[move] for move in moves]
    problem = make_problem(cluster, policy)
    assert can_be_ordered(problem, [a_proposal(move) for move in moves])
    assert not can_be_ordered(problem, [a_proposal(move) for move in moves if move != "101 x->b"])


def test_an_exchange_without_room_for_either_half_is_refused():
    """[Ex 3.4]: 83 and 75 of 90 in the end, but 108 or 118 on the way."""
    guests = ["101 a 1c/50G", "102 a 1c/35G", "103 b 1c/40G", "104 b 1c/33G"]
    problem = make_problem(a_cluster(dict.fromkeys("ab", "32c/100G"), guests), Policy(memory_max=0.9 / 0.98))
    refused = [problem.refusal(problem.placement(), a_proposal(move).moves[0]) for move in ("102 a->b", "104 b->a")]
    assert [refusal.reason for refusal in refused] == [
        "b would use 108.0 GiB, above its limit of 90.0 GiB",
        "a would use 118.0 GiB, above its limit of 90.0 GiB",
    ]


def test_guests_that_must_not_meet_pass_each_other_in_steps():
    """102 holds b until it has arrived on c; beside it in one step, 101 would meet it."""
    cluster = a_cluster(dict.fromkeys("abc", "8c/100G"), ["101 a 1c/5G", "102 b 1c/5G"])
    apart = Policy(rules=(a_rule("separate", 101, 102),))
    assert steps_for(cluster, apart, "101 a->b", "102 b->c") == [["102 b->c"], ["101 a->b"]]


def test_an_exchange_of_guests_that_must_not_meet_is_refused():
    """Either half would have them on one node for a while [Ex 3.4]; a third node is the way round."""
    problem = make_problem(
        a_cluster(dict.fromkeys("abc", "8c/100G"), ["101 a 1c/5G", "102 b 1c/5G"]),
        Policy(rules=(a_rule("separate", 101, 102),)),
    )
    halves = tuple(a_proposal(move).moves[0] for move in ("101 a->b", "102 b->a"))
    assert [problem.refusal(problem.placement(), half).constraint for half in halves] == ["separate", "separate"]
    assert problem.joint_refusal(problem.placement(), halves).constraint == "separate"


@pytest.mark.parametrize(("limits", "sizes"), [(Limits(max_parallel=1), [2, 1]), (Limits(), [2, 1]), (SOME, [3])])
def test_a_bundle_starts_at_once_however_few_moves_the_limits_allow(limits, sizes):
    cluster = a_cluster(dict.fromkeys("abcd", "16c/100G"), [*(f"{vmid} a 1c/5G" for vmid in (101, 102)), "103 c 1c/5G"])
    policy = Policy(rules=(a_rule("together", 101, 102),), limits=limits)
    pair = Proposal(moves=(Move(101, "a", "b"), Move(102, "a", "b")), category="contention", reason="because")
    steps = schedule(make_problem(cluster, policy), [pair, a_proposal("103 c->b")])
    assert [sum(len(proposal.moves) for proposal in step) for step in steps] == sizes


def batches(limits: Limits, *groups: str) -> list[list[str]]:
    """Groups of moves, as in `101 a->b, 102 a->b`."""
    planned = [tuple(_planned(a_proposal(text)) for text in group.split(", ")) for group in groups]
    found = within_limits(limits, planned)
    return [[str(one.move) for group in batch for one in group] for batch in found]


def test_what_was_planned_otherwise_keeps_to_the_limits():
    moves = ("101 a->b", "102 a->c", "103 a->d", "104 e->f")
    assert batches(Limits(), *moves) == [["101 a->b", "102 a->c"], ["103 a->d", "104 e->f"]]
    assert batches(Limits(max_parallel=1), *moves) == [[move] for move in moves]
    assert batches(SOME, *moves) == [list(moves[:3]), [moves[3]]]
    assert batches(Limits(max_parallel=1), "101 a->b, 102 a->b", "103 a->d") == [["101 a->b", "102 a->b"], ["103 a->d"]]
    assert batches(Limits()) == []


def test_what_leaves_a_node_and_what_comes_to_it_may_be_limited_apart():
    moves = ("101 a->b", "102 a->c", "103 d->c")
    assert batches(replace(SOME, max_parallel_per_source=1), *moves) == [["101 a->b"], ["102 a->c", "103 d->c"]]
    assert batches(replace(SOME, max_parallel_per_target=1), *moves) == [["101 a->b", "102 a->c"], ["103 d->c"]]


def test_no_moves_need_no_steps():
    assert schedule(make_problem(a_cluster({"a": "8c/100G"}), Policy()), []) == ()


def _planned(proposal: Proposal) -> PlannedMove:
    return PlannedMove(
        move=proposal.moves[0], guest_name="", guest_type="qemu", mode="live", category=proposal.category,
        reason=proposal.reason, gain=0.0, memory_bytes=0.0, cost=Cost(seconds=1.0, bytes=0.0, downtime_seconds=0.0),
    )  # fmt: skip

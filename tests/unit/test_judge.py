# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The judge itself: each of its checks finds the fault that it is there for."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Migration, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaConfig
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Cost, Move, Plan, PlannedMove, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.histories import Past, with_past
from ansible_collections.pve.drs.tests.unit.guard_judge import GUARD_CHECKS
from ansible_collections.pve.drs.tests.unit.judge import CHECKS, complaints

NODES = dict.fromkeys("abc", "8c/100G")
GUESTS = ("101 a 1c/20G", "102 a 1c/20G", "103 b 1c/20G")
HALF = Policy(memory_max=0.5, cpu_max=0.5)


def a_move(text: str, **facts) -> PlannedMove:
    """Read `101 a->b`."""
    vmid, _unused, ends = text.partition(" ")
    source, _unused, target = ends.partition("->")
    known = {
        "guest_name": "", "guest_type": "qemu", "mode": "live", "category": "improvement", "reason": "because",
        "gain": 0.1, "memory_bytes": 0.0, "cost": Cost(seconds=9.0, bytes=1e12, downtime_seconds=0.1),
    }  # fmt: skip
    return PlannedMove(move=Move(int(vmid), source, target), **(known | facts))


def planted(*steps, guests=GUESTS, nodes=None, policy=None, lie=None, **facts) -> tuple[Cluster, Policy, Plan]:
    """A plan of exactly these steps; `lie` changes what it says of itself."""
    cluster, policy = a_cluster(nodes or NODES, guests, **facts), policy or Policy()
    moves = tuple(Step(tuple(a_move(m) if isinstance(m, str) else m for m in step)) for step in steps)
    plan = replace(make_plan(cluster, Policy(rules=policy.rules)), steps=moves, policy=policy)
    return cluster, policy, replace(plan, **(lie(plan) if lie else {}))


def a_held_guest(**facts):
    return [a_guest(101, demand="1c/20G", **facts), "102 a 1c/20G"]


def a_rule(kind, **facts):
    return Policy(rules=(Rule(name="r", type=kind, **facts),))


A_PRESSED_NODE = with_past(
    a_cluster(NODES, GUESTS), Past(nodes={"a": {"cpu_some": ["60x 40%"]}}, guests={}, pressure=True)
).history
SMALL = {"a": "8c/100G", "b": "1c/100G"}
ONE = GuestSelector(vmids=frozenset({101}))
BOTH = GuestSelector(vmids=frozenset({101, 102}))
FIRST_AND_LAST = GuestSelector(vmids=frozenset({101, 103}))

FAULTS = {
    "sources: elsewhere": planted(["101 b->c"]),
    "sources: moved before": planted(["101 a->b"], ["101 a->c"]),
    "targets_differ: same node": planted(["101 a->a"]),
    "moved_once: there and back": planted(["101 a->b"], ["101 b->a"]),
    "held_guests_stay: tag drs-pin": planted(["101 a->b"], guests=a_held_guest(tags=("drs-pin",))),
    "held_guests_stay: rule pin": planted(["101 a->b"], policy=a_rule("pin", guests=ONE)),
    "held_guests_stay: tag drs-ignore": planted(["101 a->b"], guests=a_held_guest(tags=("drs-ignore",))),
    "held_guests_stay: rule ignore": planted(["101 a->b"], policy=a_rule("ignore", guests=ONE)),
    "held_guests_stay: locked": planted(["101 a->b"], guests=a_held_guest(lock="backup")),
    "held_guests_stay: template": planted(["101 a->b"], guests=a_held_guest(is_template=True)),
    "held_guests_stay: paused": planted(["101 a->b"], guests=a_held_guest(status="paused")),
    "held_guests_stay: container": planted(["101 a->b"], guests=a_held_guest(type="lxc")),
    "held_guests_stay: HA state": planted(["101 a->b"], guests=a_held_guest(hastate="migrate")),
    "held_guests_stay: HA is disarmed": planted(
        ["101 a->b"], guests=a_held_guest(hastate="started"), ha=HaConfig(mode="freeze")
    ),
    "the_other_balancer_is_left_alone: it refuses": planted(
        ["101 a->b"], guests=a_held_guest(hastate="started"), auto_rebalance=True
    ),
    "the_other_balancer_is_left_alone: it moves this one": planted(
        ["101 a->b"],
        guests=a_held_guest(hastate="started"),
        policy=Policy(auto_rebalance="coexist"),
        auto_rebalance=True,
    ),
    "held_guests_stay: node is down": planted(["101 a->b"], nodes={**NODES, "a": {"status": "offline"}}),
    "held_guests_stay: under way": planted(["101 a->b"], migrations=(Migration(vmid=101, source="a"),)),
    "closed_nodes_gain_nothing: down": planted(["101 a->b"], nodes={**NODES, "b": {"status": "offline"}}),
    "closed_nodes_gain_nothing: maintenance": planted(
        ["101 a->b"], nodes={**NODES, "b": {"capacity": "8c/100G", "hastate": "maintenance"}}
    ),
    "closed_nodes_gain_nothing: no capacity": planted(["101 a->b"], nodes={**NODES, "b": "0c/0G"}),
    "closed_nodes_gain_nothing: excluded": planted(["101 a->b"], policy=Policy(excluded_nodes=frozenset("b"))),
    "closed_nodes_gain_nothing: disabled": planted(["101 a->b"], policy=Policy(disabled_nodes=frozenset("b"))),
    "closed_nodes_gain_nothing: others enabled": planted(["101 a->b"], policy=Policy(enabled_nodes=frozenset("ac"))),
    "closed_nodes_gain_nothing: declared": planted(["101 a->b"], policy=Policy(maintenance_nodes=frozenset("b"))),
    "nodes_left_alone_lose_nothing: disabled": planted(["101 a->b"], policy=Policy(disabled_nodes=frozenset("a"))),
    "nodes_left_alone_lose_nothing: others enabled": planted(
        ["101 a->b"], policy=Policy(enabled_nodes=frozenset("bc"))
    ),
    "preconditions_hold: anywhere": planted(["101 a->b"], preconditions={101: Precondition(anywhere="no")}),
    "preconditions_hold: one node": planted(["101 a->b"], preconditions={101: Precondition(by_node={"b": "no"})}),
    "bundles_move_as_one: one is left behind": planted(["101 a->b"], policy=a_rule("together", guests=BOTH)),
    "bundles_move_as_one: to different nodes": planted(
        ["101 a->b", "102 a->c"], policy=a_rule("together", guests=BOTH)
    ),
    "bundles_move_as_one: one after the other": planted(
        ["101 a->b"], ["102 a->b"], policy=a_rule("together", guests=BOTH)
    ),
    "bundles_move_as_one: beside each other": planted(["101 a->b", "102 a->b"], policy=a_rule("together", guests=BOTH)),
    "guests_apart_never_meet: on a node": planted(["103 b->a"], policy=a_rule("separate", guests=FIRST_AND_LAST)),
    "guests_apart_never_meet: on the way": planted(
        ["103 b->a", "101 a->c"], policy=a_rule("separate", guests=FIRST_AND_LAST)
    ),
    "guests_apart_never_meet: both arrive": planted(
        ["103 b->c", "101 a->c"], policy=a_rule("separate", guests=FIRST_AND_LAST)
    ),
    "guests_apart_never_meet: where a foreign migration ends": planted(
        ["103 b->c"],
        policy=a_rule("separate", guests=FIRST_AND_LAST),
        migrations=(Migration(vmid=101, source="a", target="c"),),
    ),
    "guests_apart_never_meet: a stray may be anywhere": planted(
        ["103 b->c"],
        policy=a_rule("separate", guests=FIRST_AND_LAST),
        migrations=(Migration(vmid=101, source="a"),),
    ),
    "guests_go_where_they_may: off the nodes": planted(
        ["101 a->c"], policy=a_rule("run_on", guests=ONE, nodes=("a", "b"))
    ),
    "guests_go_where_they_may: on a forbidden node": planted(
        ["101 a->c"], policy=a_rule("not_run_on", guests=ONE, nodes=("c",))
    ),
    "should_rules_give_way_to_need_alone: nodes": planted(
        [a_move("101 a->c", category="improvement")],
        policy=a_rule("run_on", guests=ONE, nodes=("a",), strength="should"),
    ),
    "should_rules_give_way_to_need_alone: a pair meets": planted(
        [a_move("103 b->a", category="improvement")],
        policy=a_rule("separate", guests=FIRST_AND_LAST, strength="should"),
    ),
    "should_rules_give_way_to_need_alone: a pair parts": planted(
        [a_move("101 a->c", category="improvement")], policy=a_rule("together", guests=BOTH, strength="should")
    ),
    "triggers_are_right: a should-rule is hidden": planted(
        policy=a_rule("run_on", guests=ONE, nodes=("b",), strength="should"),
        lie=lambda plan: {"before": replace(plan.before, triggers=())},
    ),
    "guests_fit_their_node: vCPUs": planted(["101 a->b"], guests=[a_guest(101, size="12c/20G")]),
    "memory_guard: too much": planted(["101 a->b"], guests=["101 a 1c/40G", "102 b 1c/20G"], policy=HALF),
    "memory_guard: two arrivals": planted(
        ["101 a->c", "102 a->c"], guests=["101 a 1c/30G", "102 a 1c/30G"], policy=HALF
    ),
    "memory_guard: no credit for departures": planted(
        ["101 a->b", "103 b->c"], guests=["101 a 1c/40G", "103 b 1c/40G"], policy=HALF
    ),
    "memory_guard: room for a stray": planted(
        ["102 b->c"],
        guests=["101 a 1c/40G", "102 b 1c/40G"],
        policy=HALF,
        migrations=(Migration(vmid=101, source="a"),),
    ),
    "cpu_guard: too much": planted(["101 a->b"], guests=["101 a 2c/1G", "102 b 2c/1G"], policy=HALF),
    "cpu_guard: one core for each stream": planted(
        ["101 a->b", "102 b->c"], guests=["101 a 1c/1G", "102 b 1.5c/1G"], policy=HALF
    ),
    "count_guard: one too many": planted(["101 a->b"], policy=a_rule("max_guests", count=1, nodes=("b",))),
    "count_guard: double occupancy": planted(
        ["101 a->b", "103 b->c"], policy=a_rule("max_guests", count=1, nodes=("b",))
    ),
    "limits_hold: moves": planted(["101 a->b"], policy=Policy(limits=Limits(max_moves=0))),
    "limits_hold: parallel": planted(["101 a->b", "102 a->c"], policy=Policy(limits=Limits(max_parallel=1))),
    "limits_hold: per node": planted(["101 a->b", "102 a->c"], policy=Policy(limits=Limits(max_parallel_per_node=1))),
    "limits_hold: one source": planted(
        ["101 a->b", "102 a->c"], policy=Policy(limits=Limits(max_parallel_per_source=1))
    ),
    "limits_hold: one target": planted(
        ["101 a->c", "103 b->c"], policy=Policy(limits=Limits(max_parallel_per_target=1))
    ),
    "limits_hold: empty step": planted([]),
    "balancing_waits: foreign migration": planted(["102 a->b"], migrations=(Migration(vmid=101, source="a"),)),
    "balancing_waits: a guess": planted(["101 a->b"], guests=a_held_guest(is_estimated=True)),
    "pressure_is_relieved_bit_by_bit: two at once": planted(
        ["101 a->b"], ["102 a->c"], history=A_PRESSED_NODE, policy=Policy(method="psi")
    ),
    "placement_is_reported: before": planted(lie=lambda _unused: {"placement_before": {101: "b"}}),
    "placement_is_reported: after": planted(["101 a->c"], lie=lambda plan: {"placement_after": plan.placement_before}),
    "placement_is_reported: a guest is lost": planted(lie=lambda _unused: {"placement_after": {101: "a"}}),
    "nothing_new_is_broken: memory": planted(["101 a->b"], guests=["101 a 1c/40G", "102 b 1c/20G"], policy=HALF),
    "nothing_new_is_broken: worse than before": planted(["101 a->b"], guests=["101 a 1c/10G", "102 b 1c/95G"]),
    "objective_improves: heat carried along": planted(["101 a->b"], guests=["101 a 1c/60G"]),
    "objective_improves: worse": planted(["103 b->a"]),
    "figures_are_right: after": planted(["101 a->c"], lie=lambda plan: {"after": plan.before}),
    "figures_are_right: metric": planted(
        lie=lambda plan: {"before": replace(plan.before, imbalance={"delta": 0.4, "variation": 0.9})}
    ),
    "figures_are_right: guests": planted(
        lie=lambda plan: {"before": replace(plan.before, loads=(replace(plan.before.loads[0], guests=9),))}
    ),
    "triggers_are_right: hidden": planted(lie=lambda plan: {"before": replace(plan.before, triggers=())}),
    "triggers_are_right: a violation is hidden": planted(
        guests=["101 a 1c/95G"], lie=lambda plan: {"before": replace(plan.before, triggers=plan.before.triggers[1:])}
    ),
    "reasons_are_given: move": planted([a_move("101 a->c", reason="")]),
    "reasons_are_given: category": planted([a_move("101 a->c", category="whim")]),
    "reasons_are_given: empty plan": planted(guests=["101 a 1c/1G"], lie=lambda _unused: {"notices": ()}),
    "modes_and_costs_fit: mode": planted([a_move("101 a->c", mode="offline")]),
    "modes_and_costs_fit: cost": planted([a_move("101 a->c", cost=Cost(seconds=1.0, bytes=1.0, downtime_seconds=0.0))]),
}


@pytest.mark.parametrize(("fault", "case"), FAULTS.items(), ids=FAULTS)
def test_a_fault_is_found_by_the_check_for_it(fault, case):
    assert fault.partition(":")[0] in {complaint.partition(":")[0] for complaint in complaints(*case)}


def test_every_check_has_found_a_fault():
    assert {fault.partition(":")[0] for fault in FAULTS} == set(CHECKS) - set(GUARD_CHECKS)


def test_a_good_plan_has_no_faults():
    cluster = a_cluster(NODES, GUESTS)
    assert complaints(cluster, Policy(), make_plan(cluster, Policy())) == []

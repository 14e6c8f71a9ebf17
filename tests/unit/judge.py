# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""One judge for all plans: named checks with arithmetic of their own, from nothing but cluster, policy and plan."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median

from ansible_collections.pve.drs.plugins.module_utils.core.adjust import adjusted
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import estimator_of
from ansible_collections.pve.drs.plugins.module_utils.core.estimate import estimate
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Assessment, Plan, PlannedMove, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.tests.unit.guard_judge import GUARD_CHECKS
from ansible_collections.pve.drs.tests.unit.ledger import (
    GIB,
    SLACK,
    STREAM_CORES,
    Case,
    Ledger,
    broken_in,
    cpu_room,
    end_of,
    guest_limit,
    is_balanced_by_proxmox,
    is_guess,
    is_left_alone,
    is_running,
    load_of,
    loads_of,
    memory_room,
    objective,
    start_of,
    steps_of,
    strays_to,
    variation_of,
    why_closed,
    why_held,
)
from ansible_collections.pve.drs.tests.unit.rule_ledger import bundles_in, cost_of, must_differ, rules_of

LOAD_TRIGGERS = ("balanciness", "variation", "outliers")


def complaints(cluster: Cluster, policy: Policy, plan: Plan) -> list[str]:
    """Everything that is wrong with a plan, each with the name of the check that found it.

    It is judged by what the estimator makes of the past and what the policy makes of figures, which have tests of its own; guards hold by present figures too.
    """
    cluster = _to_be_emptied(cluster, policy)
    expected = Case(adjusted(estimate(cluster, estimator_of(policy)).cluster, policy), policy, plan)
    present = Case(adjusted(cluster, policy), policy, plan)
    found = [f"{name}: {text}" for name, check in CHECKS.items() for text in check(expected)]
    return found + [f"{check.__name__}, now: {text}" for check in (memory_guard, cpu_guard) for text in check(present)]


def _to_be_emptied(cluster: Cluster, policy: Policy) -> Cluster:
    """With the nodes marked that the policy declares in maintenance: the HA manager is not expected to keep guests there."""
    names = policy.maintenance_nodes
    nodes = (replace(node, is_draining=node.is_draining or node.name in names) for node in cluster.nodes)
    return replace(cluster, nodes=tuple(nodes))


def sources(case: Case) -> Iterator[str]:
    for step, before, _unused in steps_of(case):
        for planned in step.moves:
            if before.where[planned.move.vmid] != planned.move.source:
                yield f"{planned.move}: the guest is on {before.where[planned.move.vmid]}"


def targets_differ(case: Case) -> Iterator[str]:
    yield from (f"{p.move} goes nowhere" for p in case.plan.moves if p.move.source == p.move.target)


def moved_once(case: Case) -> Iterator[str]:
    """Once in each step, and a second time only to go over another node, to neither end of which it comes back."""
    for number, step in enumerate(case.plan.steps, start=1):
        twice = [vmid for vmid, count in Counter(p.move.vmid for p in step.moves).items() if count > 1]
        yield from (f"{vmid} moves twice in step {number}" for vmid in twice)
    for vmid in {planned.move.vmid for planned in case.plan.moves}:
        places = [case.cluster.guest_by_vmid[vmid].node]
        places += [planned.move.target for planned in case.plan.moves if planned.move.vmid == vmid]
        if len(set(places)) < len(places):
            yield f"{vmid} comes back to where it was: {' -> '.join(places)}"


def held_guests_stay(case: Case) -> Iterator[str]:
    for planned in case.plan.moves:
        if why := why_held(case, case.cluster.guest_by_vmid[planned.move.vmid]):
            yield f"{planned.move}: it {why}"


def the_other_balancer_is_left_alone(case: Case) -> Iterator[str]:
    for planned in case.plan.moves:
        guest = case.cluster.guest_by_vmid[planned.move.vmid]
        if planned.category != "mandatory" and is_balanced_by_proxmox(case, guest):
            yield f"{planned.move}: Proxmox balances it, and this is {planned.category}"


def nodes_left_alone_lose_nothing(case: Case) -> Iterator[str]:
    for planned in case.plan.moves:
        if is_left_alone(case, planned.move.source):
            yield f"{planned.move}: {planned.move.source} takes no part"


def closed_nodes_gain_nothing(case: Case) -> Iterator[str]:
    for planned in case.plan.moves:
        if why := why_closed(case, planned.move.target):
            yield f"{planned.move}: {planned.move.target} {why}"


def preconditions_hold(case: Case) -> Iterator[str]:
    for planned in case.plan.moves:
        known = case.cluster.preconditions.get(planned.move.vmid)
        if known and (known.anywhere or planned.move.target in known.by_node):
            yield f"{planned.move}: PVE said no"


def guests_fit_their_node(case: Case) -> Iterator[str]:
    for planned in case.plan.moves:
        guest, node = case.cluster.guest_by_vmid[planned.move.vmid], case.cluster.node_by_name[planned.move.target]
        if node.capacity and (guest.vcpus or guest.size.cpu) > node.threads:
            yield f"{planned.move}: {guest.vcpus or guest.size.cpu} vCPUs on {node.capacity.cpu} cores"


def memory_guard(case: Case) -> Iterator[str]:
    """All arrivals of a step on board, nobody gone yet."""
    for step, before, _unused in steps_of(case):
        for name, guests in _arrivals(case, step).items():
            needed = before.memory[name] + sum(guest.demand.memory for guest in guests if is_running(guest))
            room = memory_room(case.cluster.node_by_name[name], case.policy)
            if needed > room * (1 + SLACK):
                yield f"{name} holds {needed / GIB:.2f} GiB of {room / GIB:.2f}"


def cpu_guard(case: Case) -> Iterator[str]:
    """As for memory, and each migration of a running guest at either end keeps a core busy."""
    for step, before, _unused in steps_of(case):
        streams = _ends(Step(tuple(p for p in step.moves if is_running(case.cluster.guest_by_vmid[p.move.vmid]))))
        for name, guests in _arrivals(case, step).items():
            needed = before.cpu[name] + sum(guest.demand.cpu for guest in guests if is_running(guest))
            needed += STREAM_CORES * streams[name]
            if needed > cpu_room(case.cluster.node_by_name[name], case.policy) + SLACK:
                yield f"{name} needs {needed:.2f} cores while the step runs"


def count_guard(case: Case) -> Iterator[str]:
    for step, before, _unused in steps_of(case):
        for name, guests in _arrivals(case, step).items():
            arriving = sum(map(is_running, guests))
            if arriving and before.running[name] + arriving > guest_limit(name, case.policy):
                yield f"{name} holds {before.running[name] + arriving} running guests while the step runs"


def _arrivals(case: Case, step: Step) -> dict[str, list[Guest]]:
    found: dict[str, list[Guest]] = {}
    for planned in step.moves:
        known = found.setdefault(planned.move.target, strays_to(case, planned.move.target))
        known.append(case.cluster.guest_by_vmid[planned.move.vmid])
    return found


def _ends(step: Step) -> Counter[str]:
    return Counter(end for planned in step.moves for end in (planned.move.source, planned.move.target))


def bundles_move_as_one(case: Case) -> Iterator[str]:
    """Whenever one of them moves, all are on one node when the step has ended, and those that move start as one."""
    bundles = bundles_in(rules_of(case))
    for step, _unused, after in steps_of(case):
        for bundle in bundles:
            movers = [planned for planned in step.moves if planned.move.vmid in bundle.vmids]
            if movers and len({after.where[vmid] for vmid in bundle.vmids}) > 1:
                yield f"{', '.join(str(p.move) for p in movers)} leaves {bundle.vmids} apart"
            if len(movers) > 1 and not any(set(movers) <= set(group) for group in step.groups):
                yield f"{', '.join(str(p.move) for p in movers)} do not start as one"


def guests_apart_never_meet(case: Case) -> Iterator[str]:
    """Neither where they are nor where they are going, while a step runs (drs-model 3.9)."""
    pairs = [pair for _unused, _unused, found in must_differ(rules_of(case)) for pair in found]
    foreign = {m.vmid: m.target for m in case.cluster.migrations}
    for step, before, _unused in steps_of(case):
        going = {planned.move.vmid: planned.move.target for planned in step.moves}
        for one, other in [*pairs, *((b, a) for a, b in pairs)]:
            ends = {before.where[other], going.get(other), foreign.get(other, before.where[other])}
            is_lost = other in foreign and foreign[other] not in case.cluster.node_by_name
            if one in going and (going[one] in ends or is_lost):
                yield f"{one} meets {other} on {going[one]}"


def guests_go_where_they_may(case: Case) -> Iterator[str]:
    domains = rules_of(case).domains
    for planned in case.plan.moves:
        for domain in domains.get(planned.move.vmid, ()):
            if planned.move.target not in domain.nodes:
                yield f"{planned.move}: {domain.source} forbids it"


def should_rules_give_way_to_need_alone(case: Case) -> Iterator[str]:
    """Improvement breaks none, however light."""
    preferences = rules_of(case).preferences
    for step, before, after in steps_of(case):
        needed = {planned.move.vmid for planned in step.moves if planned.category != "improvement"}
        for preference in preferences:
            is_worse = cost_of(preference, after.where) > cost_of(preference, before.where) + SLACK
            if is_worse and needed.isdisjoint(preference.vmids):
                yield f"{preference.source} is kept less after {', '.join(str(p.move) for p in step.moves)}"


def limits_hold(case: Case) -> Iterator[str]:
    limits = case.policy.limits
    balancing = [planned for planned in case.plan.moves if planned.category == "improvement"]
    if len(balancing) > limits.max_moves:
        yield f"{len(balancing)} balancing moves, {limits.max_moves} allowed"
    for number, step in enumerate(case.plan.steps, start=1):
        if len(step.groups) == 1:
            continue  # guests that belong together move at once, however many they are
        if not 0 < len(step.moves) <= limits.max_parallel:
            yield f"step {number} has {len(step.moves)} moves, {limits.max_parallel} allowed"
        crowded = {node: n for node, n in _ends(step).items() if n > limits.max_parallel_per_node}
        if crowded:
            yield f"step {number} is too much for {crowded}"
        yield from _one_way(step, limits)


def _one_way(step: Step, limits: Limits) -> Iterator[str]:
    """What leaves a node, and what comes to one."""
    leaving = Counter(planned.move.source for planned in step.moves)
    coming = Counter(planned.move.target for planned in step.moves)
    for words, found, most in (
        ("leave", leaving, limits.max_parallel_per_source),
        ("come to", coming, limits.max_parallel_per_target),
    ):
        yield from (f"{n} {words} {node}, {most} allowed" for node, n in found.items() if most and n > most)


def balancing_waits(case: Case) -> Iterator[str]:
    """No balancing while somebody else migrates, nor of guests whose figures are guesses (drs-model 2.9, 6.8)."""
    balancing = [planned.move for planned in case.plan.moves if planned.category == "improvement"]
    if balancing and case.cluster.migrations:
        yield f"{len(balancing)} balancing moves beside a foreign migration"
    yield from (f"{m} is a guess" for m in balancing if is_guess(case, case.cluster.guest_by_vmid[m.vmid]))


def pressure_is_relieved_bit_by_bit(case: Case) -> Iterator[str]:
    """One move from each node that is in no other trouble, as nobody knows what it will bring (drs-model 2.7.3)."""
    broken = broken_in(case, start_of(case.cluster, case.policy))
    pressed = {node for kind, node in broken if kind == "pressure"}
    others = {node for kind, node in broken if kind != "pressure"}
    moves = Counter(planned.move.source for planned in case.plan.moves)
    yield from (f"{moves[node]} guests leave {node}" for node in pressed - others if moves[node] > 1)


def placement_is_reported(case: Case) -> Iterator[str]:
    if dict(case.plan.placement_before) != start_of(case.cluster, case.policy).where:
        yield "the placement before is not the cluster's"
    if dict(case.plan.placement_after) != end_of(case).where:
        yield "the placement after is not what the moves lead to"


def nothing_new_is_broken(case: Case) -> Iterator[str]:
    for number, (_unused, before, after) in enumerate(steps_of(case), start=1):
        was, now = broken_in(case, before), broken_in(case, after)
        worse = {key for key, excess in now.items() if excess > was.get(key, 0.0) + SLACK}
        yield from (f"step {number} breaks {kind} of {node}" for kind, node in sorted(worse))


def objective_improves(case: Case) -> Iterator[str]:
    start, end = objective(case, start_of(case.cluster, case.policy)), objective(case, end_of(case))
    if case.plan.steps and end >= start:
        yield f"it goes from {start} to {end}"


def figures_are_right(case: Case) -> Iterator[str]:
    for word, said, ledger in (
        ("before", case.plan.before, start_of(case.cluster, case.policy)),
        ("after", case.plan.after, end_of(case)),
    ):
        yield from (f"{word}: {text}" for text in _wrong_figures(case, said, ledger))


def _wrong_figures(case: Case, said: Assessment, ledger: Ledger) -> Iterator[str]:
    loads = loads_of(case, ledger)
    gap = min(1.0, max(loads.values()) - min(loads.values())) if loads else 0.0
    expected = {"delta": gap, "variation": variation_of(list(loads.values()))}
    yield from (f"{k} is {said.imbalance[k]}, not {v}" for k, v in expected.items() if _differ(said.imbalance[k], v))
    for load in said.loads:
        capacity = case.cluster.node_by_name[load.node].capacity
        pairs = ((load.cpu, ledger.cpu, "cpu"), (load.memory, ledger.memory, "memory"))
        wrong = [what for is_, used, what in pairs if _differ(is_, max(0, used[load.node]) / getattr(capacity, what))]
        yield from (f"{what} of {load.node} is wrong" for what in wrong)
        if _differ(load.load, load_of(case, ledger, load.node)) or load.guests != ledger.running[load.node]:
            yield f"load or guests of {load.node} are wrong"


def _differ(one: float, other: float) -> bool:
    return abs(one - other) > SLACK


def triggers_are_right(case: Case) -> Iterator[str]:
    names = {
        "memory": "memory_capacity",
        "cpu": "cpu_capacity",
        "count": "max_guests",
        "maintenance": "node_available",
        "pressure": "pressure",
    }
    for word, said, ledger in (
        ("before", case.plan.before, start_of(case.cluster, case.policy)),
        ("after", case.plan.after, end_of(case)),
    ):
        expected = Counter(names.get(kind, kind) for kind, _unused in broken_in(case, ledger))
        wishes = sum(cost_of(preference, ledger.where) > 0 for preference in rules_of(case).preferences)
        expected += Counter(preferences=wishes)
        found = Counter(trigger.name for trigger in said.triggers)
        uneven = {name for name in LOAD_TRIGGERS if found.pop(name, 0)}
        if found != expected:
            yield f"{word}: {dict(found)} instead of {dict(expected)}"
        if uneven != (wanted := _uneven(case, said, list(loads_of(case, ledger).values()))):
            yield f"{word}: {uneven} call for action instead of {wanted}"


def _uneven(case: Case, said: Assessment, loads: list[float]) -> set[str]:
    """The triggers of the policy that these loads call for."""
    if case.policy.method == "psi" or not loads:
        return set()
    is_apart = round(said.imbalance["delta"], 9) > case.policy.balanciness
    distances = [abs(load - median(loads)) for load in loads]
    spread = max(1.4826 * median(distances), 0.05)
    is_far = any(round(far, 9) >= 0.3 and round(far / spread, 9) > 3 for far in distances)
    varies = round(said.imbalance["variation"], 9) > case.policy.variation_max
    calling = {"balanciness": is_apart, "variation": varies, "outliers": is_apart and is_far}
    return {name for name in case.policy.triggers if calling[name]}


def reasons_are_given(case: Case) -> Iterator[str]:
    plan = case.plan
    yield from (f"{planned.move} has none" for planned in plan.moves if not _is_explained(planned))
    yield from (f"{r.vmid} is refused without" for r in plan.refusals if not (r.reason and r.constraint))
    if not plan.moves and not plan.notices:
        yield "the plan is empty and does not say why"


def _is_explained(planned: PlannedMove) -> bool:
    return bool(planned.reason) and planned.category in {"mandatory", "contention", "improvement"}


def modes_and_costs_fit(case: Case) -> Iterator[str]:
    for planned in case.plan.moves:
        guest = case.cluster.guest_by_vmid[planned.move.vmid]
        mode = ("restart" if guest.type == "lxc" else "live") if is_running(guest) else "offline"
        if planned.mode != mode:
            yield f"{planned.move} is {planned.mode}, not {mode}"
        if planned.cost.seconds < 0 or (mode == "live" and planned.cost.bytes < guest.demand.memory):
            yield f"{planned.move} costs too little"


CHECKS: dict[str, Callable[[Case], Iterator[str]]] = GUARD_CHECKS | {
    check.__name__: check
    for check in (
        sources,
        targets_differ,
        moved_once,
        held_guests_stay,
        the_other_balancer_is_left_alone,
        nodes_left_alone_lose_nothing,
        closed_nodes_gain_nothing,
        preconditions_hold,
        bundles_move_as_one,
        guests_apart_never_meet,
        guests_go_where_they_may,
        should_rules_give_way_to_need_alone,
        guests_fit_their_node,
        memory_guard,
        cpu_guard,
        count_guard,
        limits_hold,
        balancing_waits,
        pressure_is_relieved_bit_by_bit,
        placement_is_reported,
        nothing_new_is_broken,
        objective_improves,
        figures_are_right,
        triggers_are_right,
        reasons_are_given,
        modes_and_costs_fit,
    )
}

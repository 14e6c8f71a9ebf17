# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""From guests on their nodes to the plan that tells of it (drs-model 8, 6.13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.assess import assess
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Move, Proposal, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import MANUAL
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import (
    IGNORED,
    LEFT_TO_HA,
    PLACED,
    RECOMMENDED,
    REFUSED,
    RUNS,
    Expected,
    Placed,
    Starting,
    StartPlan,
)
from ansible_collections.pve.drs.plugins.module_utils.core.place.batch import Chooser
from ansible_collections.pve.drs.plugins.module_utils.core.place.ground import StartGround
from ansible_collections.pve.drs.plugins.module_utils.core.place.outlook import Outlook, outlook
from ansible_collections.pve.drs.plugins.module_utils.core.plan import planned_step
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit

BY_HA = "the HA manager finds a node for it when it starts (ha-rebalance-on-start of the datacenter)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the search came to. `pending` are guests that do not show yet what they will use."""

    cluster: Cluster
    wanted: Starting
    ground: StartGround
    chooser: Chooser
    expected: Mapping[int, Expected]
    pending: Sequence[int] = ()

    @property
    def problem(self) -> Problem:
        return self.ground.problem


def start_plan(found: Found) -> StartPlan:
    """All guests that were wanted, in order of vmid."""
    units = {unit: outlook(found.ground, found.chooser, unit) for unit in found.ground.units()}
    placed = [one for unit, seen in units.items() for one in _of_unit(found, unit, seen)]
    placed = sorted([*placed, *_others(found)], key=lambda one: one.vmid)
    withheld = found.wanted.is_atomic and any(one.is_open for one in placed)
    steps = () if withheld else _steps(found, [one for one in placed if one.kind == PLACED and one.moves])
    staying = _steps(found, [one for one in placed if one.kind == PLACED and one.target == one.source])
    plan = _plan(found, placed, steps)
    return replace(
        plan,
        withheld=withheld,
        units=() if withheld else tuple(_starting(placed, list(units))),
        staying=tuple(planned for step in staying for planned in step.moves),
    )


def _plan(found: Found, placed: Sequence[Placed], steps: tuple[Step, ...]) -> StartPlan:
    problem, before = found.problem, {guest.vmid: guest.node for guest in found.cluster.guests}
    moved = {planned.move.vmid: planned.move.target for step in steps for planned in step.moves}
    return StartPlan(
        policy=problem.policy,
        fingerprint=found.cluster.fingerprint,
        before=assess(problem, problem.placement()),
        after=assess(problem, found.ground.placement),
        steps=steps,
        refusals=tuple(refusal for one in placed if one.is_open for refusal in one.refusals),
        answers=(),
        notices=tuple(_notices(found, placed)),
        placement_before=before,
        placement_after=before | moved,
        disabled_rules=problem.rules.disabled,
        placed=tuple(placed),
        newcomers=found.wanted.newcomers,
        figure=found.chooser.figure.name,
    )


def _of_unit(found: Found, unit: Unit, seen: Outlook) -> Iterator[Placed]:
    homes, chosen = found.cluster.guest_by_vmid, found.ground.chosen.get(unit)
    target = chosen[0].target if chosen else None
    kind, reason = _kind(found, unit) if target else (IGNORED if seen.is_ignored else REFUSED, _why_not(seen))
    for vmid in unit:
        yield Placed(
            vmid=vmid,
            kind=kind,
            source=homes[vmid].node if vmid in homes else "",
            target=target,
            reason=reason or _why(found, seen, target or ""),
            expected=found.expected[vmid],
            ranked=seen.ranked,
            refusals=tuple(replace(refusal, vmid=vmid) for refusal in seen.refusals),
        )


def _kind(found: Found, unit: Unit) -> tuple[str, str]:
    """Guests that start together do so as the most restrictive of them says (drs-model 6.13)."""
    known = found.problem.rules.automation
    for vmid in unit:
        level = known[vmid].level if vmid in known else found.problem.policy.automation
        if level == MANUAL:
            by = known[vmid].source if vmid in known else "option automation"
            return RECOMMENDED, f"{by} has it placed by hand"
    return PLACED, ""


def _why(found: Found, seen: Outlook, target: str) -> str:
    best, figure = seen.ranked[0], found.chooser.figure.name
    value = next(each.figure for each in seen.ranked if each.node == target)
    rank = "the best" if best.node == target else "the best for all of these guests together"
    return f"{figure} {value:.4f} with it there, {rank} of {len(seen.ranked)} node(s) that may take it"


def _why_not(seen: Outlook) -> str:
    """Where other guests of the batch took the room, nothing may be refused any more in the end."""
    if seen.is_ignored:
        return seen.refusals[0].reason
    told = sorted({refusal.reason for refusal in seen.refusals})
    return f"no node may take it: {'; '.join(told)}" if told else "the search found no node for it"


def _others(found: Found) -> Iterator[Placed]:
    """Guests that nothing was sought for."""
    searched = set(found.ground.subjects)
    for vmid in sorted(set(found.wanted.vmids) - searched):
        guest = found.cluster.guest_by_vmid[vmid]
        kind, reason = (RUNS, f"it is {guest.status}") if guest.is_active else (LEFT_TO_HA, BY_HA)
        target = guest.node if guest.is_active else None
        yield Placed(vmid=vmid, kind=kind, source=guest.node, target=target, reason=reason)


def _steps(found: Found, placed: Sequence[Placed]) -> tuple[Step, ...]:
    """To their nodes; guests that do not run get out of nobody's way."""
    proposals = [
        Proposal(moves=(Move(one.vmid, one.source, one.target or ""),), category=MANDATORY, reason=one.reason)
        for one in placed
    ]
    return (planned_step(replace(found.problem, cluster=found.cluster), proposals),) if proposals else ()


def _starting(placed: Sequence[Placed], units: Sequence[Unit]) -> Iterator[Unit]:
    kinds = {one.vmid: one.kind for one in placed}
    alone = [(one.vmid,) for one in placed if one.kind == LEFT_TO_HA]
    yield from sorted([*(unit for unit in units if kinds[unit[0]] == PLACED), *alone])


def _notices(found: Found, placed: Sequence[Placed]) -> Iterator[str]:
    problem = found.problem
    yield from problem.cluster.warnings
    yield from problem.rules.ineffective
    yield from problem.rules.warnings
    if found.pending:
        names = ", ".join(found.cluster.guest_by_vmid[vmid].label for vmid in found.pending)
        yield f"guests that were started a moment ago count with what they will use: {names}"
    if problem.budget.cut_short:
        yield f"the search for nodes ended early, and there may be better ones: {problem.budget.cut_short}"
    for one in placed:
        if one.kind == RUNS:
            yield from _amiss(problem, found.cluster.guest_by_vmid[one.vmid])


def _amiss(problem: Problem, guest: Guest) -> Iterator[str]:
    """A guest that runs is moved by nobody here."""
    for violation in problem.violations(problem.placement(), guest.node):
        if guest.vmid in violation.vmids:
            yield f"{guest.label} runs already, and {violation.reason}; drs_balance mends that"

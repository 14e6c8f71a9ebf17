# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is done without asking, and what is recommended (drs-model 6.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from ansible_collections.pve.drs.plugins.module_utils.core.hours import pause_of
from ansible_collections.pve.drs.plugins.module_utils.core.model.hours import Pause
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    CONTENTION,
    IMPROVEMENT,
    MANDATORY,
    Proposal,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import AUTOMATION_LEVELS, FULL, PARTIAL
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem

# So long a recommendation may be relied on; a later run tells it again, or another one.
VALID_SECONDS = 900
ID_DIGITS = 12
# What comes first owes its sense to nothing that comes after it.
RANKS = (MANDATORY, CONTENTION, IMPROVEMENT)

Held = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Division:
    """`applied` in an order in which each is allowed; `held` with why they are not applied."""

    applied: tuple[Proposal, ...]
    held: tuple[tuple[Proposal, str], ...] = ()


def divide(problem: Problem, proposals: Sequence[Proposal]) -> Division:
    """Only what is right without the rest is applied: it needs nothing of it, and is allowed at every instant."""
    pause = pause_of(problem.policy, problem.cluster)
    held = {place: why for place, proposal in enumerate(proposals) if (why := _why_held(problem, proposal, pause))}
    if not held:
        return Division(tuple(proposals))
    while True:
        new = _dependent(problem, proposals, held)
        applied, refused = _ordered(problem, proposals, held | new)
        if not new and not refused:
            break
        held = held | new | refused
    return Division(applied, tuple((proposals[place], held[place]) for place in sorted(held)))


def id_of(problem: Problem, proposal: Proposal) -> str:
    """The same moves for the same purpose have the same id in every run."""
    content = (problem.cluster.name, proposal.category, *map(str, sorted(proposal.moves)))
    return sha256("\n".join(content).encode()).hexdigest()[:ID_DIGITS]


def unknown_approvals(problem: Problem, proposals: Sequence[Proposal]) -> list[str]:
    """Approved ids that the plan does not have: the cluster has changed since."""
    known = {id_of(problem, proposal) for proposal in proposals}
    return [given for given in problem.policy.approved if given not in known]


def _why_held(problem: Problem, proposal: Proposal, pause: Pause | None) -> str | None:
    """None where nobody needs to be asked. Consent is worth nothing at a time when nothing may be moved."""
    if pause and proposal.category not in pause.categories:
        return pause.why
    if problem.policy.approved and id_of(problem, proposal) in problem.policy.approved:
        return None
    return _why_running(problem, proposal) or _why_level(problem, proposal)


def _why_running(problem: Problem, proposal: Proposal) -> str | None:
    if problem.policy.moves_running:
        return None
    running = [move.vmid for move in proposal.moves if problem.cluster.guest_by_vmid[move.vmid].is_active]
    return f"guest {running[0]} runs, and such guests are not moved without asking (move_running)" if running else None


def _why_level(problem: Problem, proposal: Proposal) -> str | None:
    """By the guest with the lowest level."""
    level, source = min(
        (_level(problem, move.vmid) for move in proposal.moves), key=lambda found: AUTOMATION_LEVELS.index(found[0])
    )
    is_allowed = proposal.category == MANDATORY and problem.policy.partial_mandatory == "apply"
    if level == FULL or (level == PARTIAL and is_allowed):
        return None
    return f"automation is {level}, {source}"


def _level(problem: Problem, vmid: int) -> tuple[str, str]:
    said = problem.rules.automation.get(vmid)
    return (said.level, f"as {said.source} says") if said else (problem.policy.automation, "as for all guests")


def _dependent(problem: Problem, proposals: Sequence[Proposal], held: Held) -> dict[int, str]:
    """Those that may owe their sense to one that is held."""
    found = {}
    for place, proposal in enumerate(proposals):
        others = () if place in held else (other for number, other in enumerate(proposals) if number in held)
        needed = next((other for other in others if _needs(problem, proposal, other)), None)
        if needed:
            found[place] = f"it makes sense only with {', '.join(map(str, needed.moves))}, which is not carried out"
    return found


def _needs(problem: Problem, proposal: Proposal, other: Proposal) -> bool:
    """The other one leaves its target or comes to its source, or a should-rule is about guests of both.

    Without one that leaves the same source, or comes to the same target, a move is only more worthwhile. What is made for
    a lesser purpose is of no account.
    """
    if RANKS.index(other.category) > RANKS.index(proposal.category):
        return False
    leaves = {move.target for move in proposal.moves} & {move.source for move in other.moves}
    comes = {move.source for move in proposal.moves} & {move.target for move in other.moves}
    wishes = problem.should_rules.by_guest
    mine, theirs = (
        {id(preference) for move in each.moves for preference in wishes.get(move.vmid, ())}
        for each in (proposal, other)
    )
    return bool(leaves or comes or mine & theirs)


def _ordered(
    problem: Problem, proposals: Sequence[Proposal], held: Held
) -> tuple[tuple[Proposal, ...], dict[int, str]]:
    """One after the other, as soon as it is allowed; and those that never are, with the reason."""
    placement, done = problem.placement(), list[Proposal]()
    waiting = [place for place in range(len(proposals)) if place not in held]
    while waiting:
        ready = next((place for place in waiting if not _refusal(problem, placement, proposals[place])), None)
        if ready is None:
            break
        placement.apply_all(proposals[ready].moves)
        done.append(proposals[ready])
        waiting.remove(ready)
    return tuple(done), {place: _refusal(problem, placement, proposals[place]) for place in waiting}


def _refusal(problem: Problem, placement: Placement, proposal: Proposal) -> str:
    """Empty when it is allowed now; a guest that moves twice has to arrive before it leaves again."""
    if any(placement.node_of[move.vmid] != move.source for move in proposal.moves):
        return "the moves before it are not carried out"
    placement.purpose = proposal.category
    refused = problem.joint_refusal(placement, proposal.moves)
    return f"it is not allowed without the moves that are not carried out: {refused.reason}" if refused else ""

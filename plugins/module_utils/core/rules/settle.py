# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Which clauses hold: the older of two that contradict each other (drs-model 3.7)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import RUN_ON, TOGETHER, Clause, precedence
from ansible_collections.pve.drs.plugins.module_utils.core.rules.colouring import Patience, colour
from ansible_collections.pve.drs.plugins.module_utils.core.rules.conflicts import (
    IMPOSSIBLE,
    Accepted,
    Conflict,
    accepted_from,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rules.minimal import minimal

Clauses = Sequence[Clause]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A clause that does not hold, older ones that it contradicts, and why they cannot all be kept."""

    clause: Clause
    others: tuple[Clause, ...]
    conflict: Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """In order of precedence; `unproven` are groups of accepted clauses of which nobody knows if all can be kept."""

    accepted: tuple[Clause, ...]
    rejected: tuple[Rejected, ...]
    unproven: tuple[tuple[Clause, ...], ...]


def settle(clauses: Iterable[Clause], nodes: frozenset[str]) -> Settled:
    """Insert clauses one by one, by precedence; what contradicts those before it is left out.

    What takes a search to find out is looked for when all others are inserted. That must not make
    a difference: as soon as it leaves out more, all is done again without these.
    """
    ordered, patience = sorted(clauses, key=precedence), Patience()
    barred: list[Rejected] = []
    while True:
        state, rejected = _insert(_without(ordered, barred), nodes)
        coloured = colour(state, patience)
        if not coloured.impossible:
            break
        barred += _culprits(state, coloured.impossible, [rejection.clause for rejection in rejected], patience)
    out = sorted([*barred, *rejected], key=lambda rejection: precedence(rejection.clause))
    patience = Patience()
    return Settled(
        accepted=_without(ordered, out),
        rejected=tuple(_explained(rejection, nodes, patience) for rejection in out),
        unproven=tuple(state.clauses_of(part) for part in coloured.undecided),
    )


def _without(clauses: Clauses, rejected: Iterable[Rejected]) -> tuple[Clause, ...]:
    left_out = {rejection.clause for rejection in rejected}
    return tuple(clause for clause in clauses if clause not in left_out)


def _insert(clauses: Clauses, nodes: frozenset[str]) -> tuple[Accepted, list[Rejected]]:
    """What is rejected comes with all clauses that bind the guests in question."""
    state, rejected = Accepted(nodes), []
    for clause in clauses:
        if conflict := state.add(clause):
            involved = (*conflict.vmids, *(clause.vmids if clause.type == TOGETHER else ()))
            rejected.append(Rejected(clause=clause, others=state.clauses_of(involved), conflict=conflict))
    return state, rejected


def _culprits(state: Accepted, guests: tuple[int, ...], rejected: Clauses, patience: Patience) -> list[Rejected]:
    """Of the clauses that bind guests that cannot be placed: those with which the ones before them cannot be kept.

    It ends where something that was rejected might hold now, as that may make a difference to the rest.
    """
    rest, found = state.clauses_of(guests), list[Rejected]()
    kept: tuple[Clause, ...] = ()
    while rest:
        count = _keepable(kept, rest, state.nodes, patience)
        # Nobody has patience to tell which: then it is the newest.
        count = min(count, len(rest) - 1) if not found else count
        kept, culprit, rest = (*kept, *rest[:count]), rest[count : count + 1], rest[count + 1 :]
        if not culprit or (found and _may_hold(kept, rejected, found[0].clause, culprit[0], state.nodes)):
            break
        found.append(_culprit(kept, culprit[0], guests, state.nodes, patience))
    return found


def _keepable(kept: Clauses, rest: Clauses, nodes: frozenset[str], patience: Patience) -> int:
    """How many of the rest can be kept with those that are: tried in steps that double, then by halves."""

    def is_impossible(last: int) -> bool:
        return bool(colour(accepted_from((*kept, *rest[: last + 1]), nodes), patience).impossible)

    reach = 1
    while reach < len(rest) and not is_impossible(reach - 1):
        reach *= 2
    return bisect_left(range(min(reach, len(rest))), 1, lo=reach // 2, key=lambda last: int(is_impossible(last)))


def _may_hold(kept: Clauses, rejected: Clauses, first: Clause, culprit: Clause, nodes: frozenset[str]) -> bool:
    """Something that was rejected, newer than the first culprit and older than this one, goes with those kept."""
    between = [c for c in rejected if precedence(first) < precedence(c) < precedence(culprit)]
    return any(accepted_from(kept, nodes).add(clause) is None for clause in between)


def _culprit(
    kept: Clauses, clause: Clause, guests: tuple[int, ...], nodes: frozenset[str], patience: Patience
) -> Rejected:
    """With all that bind the guests in question."""
    state = accepted_from((*kept, clause), nodes)
    guests = colour(state, patience).impossible or guests
    others = tuple(other for other in state.clauses_of(guests) if other is not clause)
    return Rejected(clause=clause, others=others, conflict=_no_way(state, guests))


def _explained(rejection: Rejected, nodes: frozenset[str], patience: Patience) -> Rejected:
    """With no more of the others than it takes, as far as there is patience, and with what these few are about."""
    if not patience.is_left:
        return rejection
    full = _essential((*rejection.others, rejection.clause))
    *older, newest = full
    needed = minimal(newest, older, lambda clauses: conflict_among(clauses, nodes, patience) is not None)
    others = tuple(full[clause] for clause in needed)
    conflict = conflict_among((*others, rejection.clause), nodes, patience) or rejection.conflict
    return Rejected(clause=rejection.clause, others=others, conflict=conflict)


def _essential(clauses: Clauses) -> dict[Clause, Clause]:
    """The clauses without guests that are in nobody's way, with what they are without; in order.

    That is so for guests of which nothing but one clause about nodes speaks. One stays, as there may be no node.
    """
    counts = Counter(vmid for clause in clauses for vmid in clause.vmids)
    return {_shortened(clause, counts): clause for clause in clauses}


def _shortened(clause: Clause, counts: Counter[int]) -> Clause:
    shared = tuple(vmid for vmid in clause.vmids if counts[vmid] > 1)
    return replace(clause, vmids=shared or clause.vmids[:1]) if clause.type == RUN_ON else clause


def conflict_among(clauses: Iterable[Clause], nodes: frozenset[str], patience: Patience) -> Conflict | None:
    """Why these cannot all be kept, or None where they can, or where nobody knows."""
    state = Accepted(nodes)
    for clause in sorted(clauses, key=precedence):
        if conflict := state.add(clause):
            return conflict
    impossible = colour(state, patience).impossible
    return _no_way(state, impossible) if impossible else None


def _no_way(state: Accepted, guests: tuple[int, ...]) -> Conflict:
    left = frozenset[str]().union(*map(state.domain, guests))
    return Conflict(kind=IMPOSSIBLE, vmids=guests, nodes=left)

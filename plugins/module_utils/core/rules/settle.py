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
from ansible_collections.pve.drs.plugins.module_utils.core.rules.colouring import colour
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
    a difference: as soon as it leaves out one more, all is done again without it.
    """
    ordered = sorted(clauses, key=precedence)
    barred: list[Rejected] = []
    while True:
        state, rejected = _insert(_without(ordered, barred), nodes)
        coloured = colour(state)
        if not coloured.impossible:
            break
        barred.append(_culprit(_without(ordered, [*barred, *rejected]), nodes))
    out = sorted([*barred, *rejected], key=lambda rejection: precedence(rejection.clause))
    return Settled(
        accepted=_without(ordered, out),
        rejected=tuple(_explained(rejection, nodes) for rejection in out),
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


def _culprit(accepted: Clauses, nodes: frozenset[str]) -> Rejected:
    """The first clause with which those before it cannot be kept, with all that bind the guests in question."""

    def impossible(last: int) -> tuple[int, ...]:
        return colour(accepted_from(accepted[: last + 1], nodes)).impossible

    last = bisect_left(range(len(accepted)), 1, key=lambda last: int(bool(impossible(last))))
    state, guests = accepted_from(accepted[: last + 1], nodes), impossible(last)
    others = tuple(clause for clause in state.clauses_of(guests) if clause is not accepted[last])
    return Rejected(clause=accepted[last], others=others, conflict=_no_way(state, guests))


def _explained(rejection: Rejected, nodes: frozenset[str]) -> Rejected:
    """With no more of the others than it takes, and with what these few are about."""
    full = _essential((*rejection.others, rejection.clause))
    *older, newest = full
    needed = minimal(newest, older, lambda clauses: conflict_among(clauses, nodes) is not None)
    others = tuple(full[clause] for clause in needed)
    conflict = conflict_among((*others, rejection.clause), nodes) or rejection.conflict
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


def conflict_among(clauses: Iterable[Clause], nodes: frozenset[str]) -> Conflict | None:
    """Why these cannot all be kept, or None where they can, or where nobody knows."""
    state = Accepted(nodes)
    for clause in sorted(clauses, key=precedence):
        if conflict := state.add(clause):
            return conflict
    impossible = colour(state).impossible
    return _no_way(state, impossible) if impossible else None


def _no_way(state: Accepted, guests: tuple[int, ...]) -> Conflict:
    left = frozenset[str]().union(*map(state.domain, guests))
    return Conflict(kind=IMPOSSIBLE, vmids=guests, nodes=left)

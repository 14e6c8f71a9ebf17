# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Which guests leave at the same time (drs-model 7.1): powered-off ones first, then running ones wave after wave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.cost import move_cost
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.schedule import fits, moves_of

Waves = tuple[tuple[Proposal, ...], ...]
# Guests that do not run cost next to nothing where storage is shared.
MOST_OFFLINE = 100
# Guests whose disks go along share the link with no more than one other.
MOST_WITH_DISKS = 2


@dataclass(frozen=True, slots=True)
class Departures:
    """All that is to be done: room has to be made before those who need it leave."""

    proposals: Sequence[Proposal]
    room: Sequence[Proposal] = ()
    crowded_out: Sequence[Proposal] = ()


def waves(problem: Problem, ha_workers: int, departures: Departures) -> Waves:
    """Every proposal once. While a wave runs, both ends hold its guests (drs-model 3.9).

    Of guests under HA so many leave a node at the same time as it has `ha_workers`.
    """
    placement = problem.placement()
    placement.purpose = MANDATORY
    done: list[tuple[Proposal, ...]] = []
    for phase in _phases(problem, placement, departures):
        left = list(phase)
        while wave := _fill(problem, ha_workers, placement, left):
            for move in moves_of(wave):
                placement.finish(move)
            done.append(tuple(sorted(wave, key=lambda proposal: _restarts(placement, proposal))))
            left = [proposal for proposal in left if proposal not in wave]
        # Nobody is left over, as more guests only come on board; the executor looks again in any case.
        done += ((proposal,) for proposal in left)
    return tuple(done)


def placed(problem: Problem, found: Waves) -> Placement:
    """The cluster after all of them."""
    placement = problem.placement()
    for wave in found:
        placement.apply_all(moves_of(wave))
    return placement


def _phases(problem: Problem, placement: Placement, departures: Departures) -> Iterator[Sequence[Proposal]]:
    """Those that do not run, then whoever gives way, then the rest, the longest first so that waves end together."""
    off = [proposal for proposal in departures.proposals if _is_off(placement, proposal)]
    running = [p for p in (*departures.proposals, *departures.crowded_out) if p not in off]
    yield off
    yield departures.room
    # Guests that start together need a core each: they go first, as long as there are most.
    yield sorted(running, key=lambda p: (-len(p.moves), -_seconds(problem, p), p.moves))


def _seconds(problem: Problem, proposal: Proposal) -> float:
    """Alone on its link."""
    return max(move_cost(problem.cluster, problem.policy, move, 1).seconds for move in proposal.moves)


def _fill(problem: Problem, ha_workers: int, placement: Placement, waiting: Sequence[Proposal]) -> list[Proposal]:
    """As many as fit beside each other, in their order."""
    wave: list[Proposal] = []
    for proposal in waiting:
        if _has_slot(problem, ha_workers, wave, proposal) and not problem.joint_refusal(placement, proposal.moves):
            for move in proposal.moves:
                placement.start(move)
            wave.append(proposal)
    return wave


def _has_slot(problem: Problem, ha_workers: int, wave: Sequence[Proposal], proposal: Proposal) -> bool:
    """Guests that have to move together do so, however many they are; then nothing else moves."""
    moves = (*moves_of(wave), *proposal.moves)
    guests, limits = problem.cluster.guest_by_vmid, problem.policy.limits
    running = [move for move in moves if guests[move.vmid].is_active]
    return not wave or (
        len(moves) - len(running) <= (limits.max_parallel_offline or limits.max_parallel)
        and (not running or fits(limits, running))
        and _most(Counter(move.source for move in moves if guests[move.vmid].is_ha)) <= ha_workers
        and _most(_ends_of_copies(problem, moves)) <= MOST_WITH_DISKS
        and not {move.source for move in moves} & {move.target for move in moves}
    )


def _most(counts: Counter[str]) -> int:
    return max(counts.values(), default=0)


def _ends_of_copies(problem: Problem, moves: Sequence[Move]) -> Counter[str]:
    """How many guests with disks to send each node sends or gets."""
    known = problem.cluster.preconditions
    copies = [move for move in moves if move.vmid in known and known[move.vmid].copied]
    return Counter(end for move in copies for end in (move.source, move.target))


def _is_off(placement: Placement, proposal: Proposal) -> bool:
    return not any(placement.guest(move.vmid).is_active for move in proposal.moves)


def _restarts(placement: Placement, proposal: Proposal) -> bool:
    """They go last in their wave."""
    return any(_is_restarted(placement.guest(move.vmid)) for move in proposal.moves)


def _is_restarted(guest: Guest) -> bool:
    return guest.type == "lxc" and guest.is_active

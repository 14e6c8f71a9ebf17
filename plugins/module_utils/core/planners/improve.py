# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Even out the load, one best move after the other, until nothing triggers any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ansible_collections.pve.drs.plugins.module_utils.core.loads import is_uneven, load_of, loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation_of_sums
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.planner import Planner
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.balanciness import are_apart

# Imbalances that agree to this many digits are equal; the cheaper move wins then (drs-model 6.1).
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Sums:
    """Number of loads, their sum and the sum of their squares: enough for the variation."""

    count: int
    total: float
    squares: float

    def after(self, before: tuple[float, float], now: tuple[float, float]) -> float:
        """The variation when the loads of two nodes change."""
        total = self.total - before[0] - before[1] + now[0] + now[1]
        squares = self.squares - before[0] ** 2 - before[1] ** 2 + now[0] ** 2 + now[1] ** 2
        return variation_of_sums(self.count, total, squares)


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """Best first: lowest imbalance, then least memory to send, then identity."""

    imbalance: float
    memory: float
    move: Move


def improve(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    """At most `max_moves`; none on weak figures, or while somebody else's migration is under way (drs-model 2.9, 6.8)."""
    if problem.unsure or problem.cluster.migrations:
        return iter(())
    return islice(_moves(problem, placement), problem.policy.limits.max_moves)


def _moves(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    """Once something triggered, until nothing does and the loads are as close as the policy wants them."""
    if not is_uneven(problem, loads(problem, placement)):
        return
    while True:
        now = loads(problem, placement)
        is_done = not are_apart(now, problem.policy) and not is_uneven(problem, now)
        candidate = None if is_done else _best(problem, placement, now)
        if candidate is None:
            return
        imbalance = _sums(now)
        gain = variation_of_sums(imbalance.count, imbalance.total, imbalance.squares) - candidate.imbalance
        placement.apply(candidate.move)
        yield _proposal(problem, placement, candidate.move, now, gain)


def _best(problem: Problem, placement: Placement, now: dict[str, float]) -> Candidate | None:
    """From the most loaded node that has a move which lowers the imbalance."""
    sums = _sums(now)
    current = round(variation_of_sums(sums.count, sums.total, sums.squares), DIGITS)
    for source in sorted(now, key=lambda node: (-round(now[node], 9), node)):
        candidates = _candidates(problem, placement, source, now, sums)
        best = min((found for found in candidates if found.imbalance < current), default=None)
        if best:
            return best
    return None


def _sums(now: dict[str, float]) -> Sums:
    return Sums(len(now), sum(now.values()), sum(load * load for load in now.values()))


def _candidates(
    problem: Problem, placement: Placement, source: str, now: dict[str, float], sums: Sums
) -> Iterator[Candidate]:
    for guest in _movable(problem, placement, source):
        left = load_of(problem, placement, source, leaving=guest)
        for target in problem.targets(placement, guest.vmid) & now.keys():
            if now[target] < now[source]:
                gained = load_of(problem, placement, target, arriving=guest)
                imbalance = sums.after((now[source], now[target]), (left, gained))
                yield Candidate(round(imbalance, DIGITS), guest.demand.memory, Move(guest.vmid, source, target))


def _movable(problem: Problem, placement: Placement, node: str) -> Iterator[Guest]:
    """Running guests with figures of their own that this plan has not moved yet."""
    for vmid in sorted(placement.guests_on(node)):
        guest = placement.guest(vmid)
        if guest.is_active and not problem.gauge.is_guess(vmid) and guest.node == node:
            yield guest


def _proposal(problem: Problem, placement: Placement, move: Move, before: dict[str, float], gain: float) -> Proposal:
    changes = (
        f"{node} {100 * before[node]:.1f} % -> {100 * load_of(problem, placement, node):.1f} %"
        for node in (move.source, move.target)
    )
    return Proposal(
        moves=(move,),
        category="improvement",
        reason=f"evens out {problem.method.describes}: {', '.join(changes)}",
        gain=gain,
    )


IMPROVE = Planner(name="improve", describes="evens out the load", propose=improve)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Whether a move gives more than it takes, now and in a bad hour (drs-model 6.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.benefit.duration import move_seconds
from ansible_collections.pve.drs.plugins.module_utils.core.benefit.strain import End, score_seconds
from ansible_collections.pve.drs.plugins.module_utils.core.cost import move_cost
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.percentile import percentile
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.score.score import scores_on, weights

# What it is worth, in score, to take a whole imbalance away where nobody is short of anything.
EVENNESS_VALUE = 0.05
LEAST_SCORE_GAIN = -1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Score gained for how long, against what the migration takes; both in seconds of full score."""

    score_gain: float
    seconds: float
    benefit: float
    cost: float

    def refusal(self, threshold: float) -> str | None:
        """Why it is not worth it when the benefit has to be `threshold` times the cost, or None."""
        if self.score_gain < LEAST_SCORE_GAIN:
            return (
                f"guests would be served worse: the score of the cluster falls by {-100 * self.score_gain:.3f} points"
            )
        if self.benefit < threshold * self.cost:
            return (
                f"it costs more than it gives: {self.benefit:.4f} score-seconds for {self.cost:.4f}, "
                f"and it has to be {threshold:g} times the cost"
            )
        return None


class Scales:
    """Weighs moves on one problem; what is the same for all moves is computed once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @cached_property
    def _weights(self) -> dict[int, float]:
        """By vmid, of running guests; the sum is 1."""
        running = [guest for guest in self.problem.cluster.guests if guest.is_active]
        found = weights(running, self.problem.pools.favours) if self.problem.pools else weights(running)
        total = fsum(found.values()) or 1.0
        return {vmid: weight / total for vmid, weight in found.items()}

    @cached_property
    def _busy(self) -> Problem:
        """The same cluster as it is in a bad hour: every guest whose past is known at its 95th percentile."""
        return replace(self.problem, cluster=busy_hour(self.problem.cluster))

    @cached_property
    def _busy_start(self) -> Placement:
        return self._busy.placement()

    def weigh(self, placement: Placement, moves: Sequence[Move], evened: float) -> Worth:
        """`placement` is as before the moves, `evened` by how much they lower the imbalance (0 to 1)."""
        nodes = sorted({node for move in moves for node in (move.source, move.target)})
        gain = self._score_gain(self.problem, placement, moves, nodes)
        if self._busy.cluster is not self.problem.cluster:
            gain = min(gain, self._score_gain(self._busy, _follow(self._busy_start, placement), moves, nodes))
        seconds = move_seconds(self.problem.cluster, moves)
        return Worth(
            score_gain=gain,
            seconds=seconds,
            benefit=(gain + EVENNESS_VALUE * evened) * seconds,
            cost=fsum(self._cost(placement, move, len(moves)) for move in moves),
        )

    def _score_gain(self, problem: Problem, placement: Placement, moves: Sequence[Move], nodes: Iterable[str]) -> float:
        """Of the whole cluster: on other nodes nothing changes."""
        before = self._score(problem, placement, nodes)
        placement.apply_all(moves)
        after = self._score(problem, placement, nodes)
        for move in reversed(moves):
            placement.undo(move)
        return after - before

    def _score(self, problem: Problem, placement: Placement, nodes: Iterable[str]) -> float:
        known = (problem.cluster.node_by_name[name] for name in nodes)
        found = (scores_on(problem, placement, node) for node in known if node.is_online and node.usage)
        return fsum(self._weights[vmid] * score.value for scores in found for vmid, score in scores.items())

    def _cost(self, placement: Placement, move: Move, streams: int) -> float:
        guest = placement.guest(move.vmid)
        if not guest.is_active:
            return 0.0
        cost = move_cost(self.problem.cluster, self.problem.policy, move, streams)
        ends = tuple(self._end(placement, name) for name in (move.source, move.target))
        return score_seconds(self._weights[move.vmid], cost, ends, restarts=guest.type == "lxc")

    def _end(self, placement: Placement, name: str) -> End:
        capacity = self.problem.cluster.node_by_name[name].capacity
        cores = capacity.cpu if capacity else 1.0
        weight = fsum(self._weights.get(vmid, 0.0) for vmid in placement.guests_on(name))
        return End(weight=weight, cores=cores, wanted=placement.used(name).cpu / cores)


def busy_hour(cluster: Cluster) -> Cluster:
    """Guests at their 95th percentile where it is above what is expected of them; the same cluster if there are none."""
    busy = {guest.vmid: found for guest in cluster.guests if (found := _busy_guest(cluster, guest)) is not guest}
    if not busy:
        return cluster
    more: defaultdict[str, Resources] = defaultdict(lambda: NOTHING)
    for guest in busy.values():
        more[guest.node] += guest.demand - cluster.guest_by_vmid[guest.vmid].demand
    nodes = (replace(n, usage=n.usage + more[n.name]) if n.usage else n for n in cluster.nodes)
    return replace(cluster, nodes=tuple(nodes), guests=tuple(busy.get(guest.vmid, guest) for guest in cluster.guests))


def _busy_guest(cluster: Cluster, guest: Guest) -> Guest:
    past = cluster.history.guests.get(guest.vmid)
    if past is None or not guest.is_active:
        return guest
    cpu, memory = percentile(past.cpu), percentile(past.memory)
    high = Resources(max(guest.demand.cpu, cpu or 0.0), max(guest.demand.memory, memory or 0.0))
    return guest if high == guest.demand else replace(guest, demand=high)


def _follow(placement: Placement, other: Placement) -> Placement:
    """The first placement with every guest where the other one has it."""
    for vmid, node in other.node_of.items():
        if placement.node_of[vmid] != node:
            placement.apply(Move(vmid, placement.node_of[vmid], node))
    return placement

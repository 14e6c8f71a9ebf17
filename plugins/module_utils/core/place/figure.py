# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How good nodes are for guests that start there: by how even the loads are, by the score, or as Proxmox does (drs-model 8.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import CrsNode
from ansible_collections.pve.drs.plugins.module_utils.core.crs.picture import STATIC, crs_guest
from ansible_collections.pve.drs.plugins.module_utils.core.crs.start import start_scores
from ansible_collections.pve.drs.plugins.module_utils.core.crs.usage import expecting_nodes, static_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.ground import Ground
from ansible_collections.pve.drs.plugins.module_utils.core.loads import loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING
from ansible_collections.pve.drs.plugins.module_utils.core.planners.crs import CRS
from ansible_collections.pve.drs.plugins.module_utils.core.planners.serve import SERVE
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.score.score import NO_FAVOURS, scores_on, weights
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.score import SCORE
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, load_with, moved

# Differences of less are none (drs-model 6.1); Proxmox looks at all digits.
DIGITS, ALL_DIGITS = 4, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What nodes are ranked by; `of` gives it for each of the nodes, with the unit there.

    `overall` is the figure of the cluster as it stands: by that guests of one batch are placed together.
    Without it they are placed one after the other.
    """

    name: str
    of: Callable[[Ground, Unit, frozenset[str]], Mapping[str, float]]
    overall: Callable[[Ground], float] | None = None
    higher_is_better: bool = False

    def rank(self, value: float) -> float:
        """The lowest is the best."""
        return round(-value if self.higher_is_better else value, DIGITS if self.overall else ALL_DIGITS)


def figure_of(policy: Policy) -> Figure:
    """By what the policy does about load."""
    if CRS.name in policy.planners:
        return CLOSENESS
    if SERVE.name in policy.planners and SCORE.name in policy.triggers:
        served = Served()
        return Figure(name="score", of=served.of, overall=served.overall, higher_is_better=True)
    return EVENNESS


def _imbalance(ground: Ground, unit: Unit, nodes: frozenset[str]) -> dict[str, float]:
    now = loads(ground.problem, ground.placement)
    after = {node: load_with(ground.problem, ground.placement, unit, node) for node in nodes}
    return {node: variation(tuple({**now, node: load}.values())) for node, load in after.items()}


def _imbalance_now(ground: Ground) -> float:
    return variation(tuple(loads(ground.problem, ground.placement).values()))


class Served:
    """The score of the cluster (drs-model 4.7) by what guests of each node get, which is kept as long as the same guests are there.

    For one plan alone. Guests that have no node yet have weight, and do not count.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, frozenset[int]], tuple[float, float]] = {}
        self._weights: Mapping[int, float] = {}

    def of(self, ground: Ground, unit: Unit, nodes: frozenset[str]) -> dict[str, float]:
        """Guests on other nodes are served as before."""
        now, after = self._nodes(ground), {}
        for node in nodes:
            with moved(ground.placement, moves_to(ground.placement, unit, node)):
                after[node] = _mean((*(each for name, each in now.items() if name != node), self._on(ground, node)))
        return after

    def overall(self, ground: Ground) -> float:
        """As the cluster stands."""
        return _mean(self._nodes(ground).values())

    def _nodes(self, ground: Ground) -> dict[str, tuple[float, float]]:
        measured = (node.name for node in ground.problem.cluster.measured_nodes if node.usage is not None)
        return {name: self._on(ground, name) for name in measured}

    def _on(self, ground: Ground, node: str) -> tuple[float, float]:
        """The weighted sum of the scores there, and of the weights."""
        key = (node, ground.placement.guests_on(node))
        if key not in self._known:
            problem = ground.problem
            self._weights = self._weights or _weights(problem)
            found = scores_on(problem, ground.placement, problem.cluster.node_by_name[node])
            total = fsum(self._weights[vmid] for vmid in found)
            self._known[key] = fsum(self._weights[vmid] * each.value for vmid, each in found.items()), total
        return self._known[key]


def _weights(problem: Problem) -> dict[int, float]:
    running = (guest for guest in problem.cluster.guests if guest.is_active)
    return weights(running, problem.pools.favours if problem.pools else NO_FAVOURS)


def _mean(parts: Iterable[tuple[float, float]]) -> float:
    sums = list(parts)
    total = fsum(weight for _sum, weight in sums)
    return fsum(part for part, _weight in sums) / total if total else 1.0


def _closeness(ground: Ground, unit: Unit, nodes: frozenset[str]) -> dict[str, float]:
    """Proxmox's start score, over all nodes that are up (proxmox-crs 8)."""
    size = sum((ground.placement.guest(vmid).assigned for vmid in unit), start=NOTHING)
    scores = start_scores(_as_proxmox_sees(ground), size)
    return {node: scores[node] for node in nodes}


def _as_proxmox_sees(ground: Ground) -> dict[str, CrsNode]:
    """Guests that have a node and do not show yet count as they are configured."""
    cluster, placement = ground.problem.cluster, ground.placement
    usable = [node for node in cluster.measured_nodes if node.usage is not None and not node.is_source_only]
    nodes = {n.name: CrsNode(name=n.name, capacity=n.capacity, usage=n.usage) for n in usable if n.capacity and n.usage}
    if ground.problem.policy.crs_mode == STATIC:
        nodes = static_nodes(nodes, [crs_guest(guest, None) for guest in cluster.guests if guest.is_active])
    chosen = [vmid for unit in ground.chosen for vmid in unit]
    waiting = [
        replace(crs_guest(placement.guest(v), None), node=placement.node_of[v], is_running=False) for v in chosen
    ]
    return expecting_nodes(nodes, waiting)


EVENNESS = Figure(name="imbalance", of=_imbalance, overall=_imbalance_now)
CLOSENESS = Figure(name="closeness", of=_closeness, higher_is_better=True)

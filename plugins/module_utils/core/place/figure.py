# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How good nodes are for guests that start there: by how even the loads are, by the score, or as Proxmox does (drs-model 8.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import CrsNode
from ansible_collections.pve.drs.plugins.module_utils.core.crs.picture import STATIC, crs_guest
from ansible_collections.pve.drs.plugins.module_utils.core.crs.start import start_scores
from ansible_collections.pve.drs.plugins.module_utils.core.crs.usage import static_nodes, with_guest
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.ground import Ground
from ansible_collections.pve.drs.plugins.module_utils.core.loads import loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING
from ansible_collections.pve.drs.plugins.module_utils.core.planners.crs import CRS
from ansible_collections.pve.drs.plugins.module_utils.core.planners.serve import SERVE
from ansible_collections.pve.drs.plugins.module_utils.core.problem import moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.score.score import NO_FAVOURS, score, scores_on, weights
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
    return SERVED if SERVE.name in policy.planners and SCORE.name in policy.triggers else EVENNESS


def _imbalance(ground: Ground, unit: Unit, nodes: frozenset[str]) -> dict[str, float]:
    now = loads(ground.problem, ground.placement)
    after = {node: load_with(ground.problem, ground.placement, unit, node) for node in nodes}
    return {node: variation(tuple({**now, node: load}.values())) for node, load in after.items()}


def _imbalance_now(ground: Ground) -> float:
    return variation(tuple(loads(ground.problem, ground.placement).values()))


def _score(ground: Ground, unit: Unit, nodes: frozenset[str]) -> dict[str, float]:
    """Of the whole cluster; guests on other nodes are served as before."""
    problem, placement = ground.problem, ground.placement
    known = {node.name: node for node in problem.cluster.measured_nodes if node.usage is not None}
    before = {name: scores_on(problem, placement, node) for name, node in known.items()}
    guests = [placement.guest(vmid) for vmid in (*unit, *(vmid for found in before.values() for vmid in found))]
    by = weights(guests, problem.pools.favours if problem.pools else NO_FAVOURS)
    served = {name: fsum(by[vmid] * each.value for vmid, each in found.items()) for name, found in before.items()}
    total, after = fsum(by.values()), {}
    for node in nodes:
        with moved(placement, moves_to(placement, unit, node)):
            there = fsum(by[vmid] * each.value for vmid, each in scores_on(problem, placement, known[node]).items())
        after[node] = (fsum(value for name, value in served.items() if name != node) + there) / total
    return after


def _score_now(ground: Ground) -> float:
    return score(ground.problem, ground.placement).value


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
    for vmid in (vmid for unit in ground.chosen for vmid in unit):
        node = nodes[placement.node_of[vmid]]
        nodes[node.name] = with_guest(node, placement.guest(vmid).assigned)
    return nodes


EVENNESS = Figure(name="imbalance", of=_imbalance, overall=_imbalance_now)
SERVED = Figure(name="score", of=_score, overall=_score_now, higher_is_better=True)
CLOSENESS = Figure(name="closeness", of=_closeness, higher_is_better=True)

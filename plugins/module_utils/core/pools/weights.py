# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The cpu weights of guests in pools, with what they have reserved of their nodes (drs-model 5.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU
from ansible_collections.pve.drs.plugins.module_utils.core.model.settings import CPUUNITS
from ansible_collections.pve.drs.plugins.module_utils.core.pools.amounts import shown
from ansible_collections.pve.drs.plugins.module_utils.core.pools.entitle import by_node
from ansible_collections.pve.drs.plugins.module_utils.core.pools.flatten import (
    ANCHOR,
    MOST_WEIGHT,
    cpu_weights,
    with_floors,
)
from ansible_collections.pve.drs.plugins.module_utils.core.pools.scene import Scene, number


def wanted_weights(scene: Scene) -> dict[int, int]:
    """By vmid, for running members; guests in no pool weigh what they do, or the usual."""
    flat = cpu_weights({guest.vmid: scene.cpu.busy.guests[guest.vmid] for guest in scene.members})
    found: dict[int, int] = {}
    for node, siblings in _siblings(scene):
        cores = scene.cpu.figures.nodes.get(node, 0.0)
        weights = {guest.vmid: flat.get(guest.vmid, ANCHOR) for guest in siblings}
        found |= with_floors(weights, scene.cpu.guaranteed, cores) if cores else weights
    return {vmid: weight for vmid, weight in found.items() if vmid in flat}


def present_weights(scene: Scene) -> dict[int, float]:
    """Of members, as they are configured now."""
    return {vmid: number(values.get(CPUUNITS)) or ANCHOR for vmid, values in scene.found.items()}


def best_effort(scene: Scene, weights: Mapping[int, int]) -> dict[str, dict[int, float]]:
    """Cores by vmid that are reserved for members and that no weight can keep, by what stands against it."""
    running = by_node(scene.cluster)
    found: dict[str, dict[int, float]] = {}
    for node, siblings in _siblings(scene):
        cores = scene.cpu.figures.nodes.get(node, 0.0)
        reserved = {g.vmid: scene.cpu.guaranteed[g.vmid] for g in siblings if scene.cpu.guaranteed[g.vmid] > 0.0}
        total = fsum(reserved.values())
        both_kinds = len({guest.type for guest in running[node]}) > 1
        for vmid in sorted(reserved.keys() & weights.keys()):
            why = _obstacle(node, weights[vmid], (total, cores), both_kinds=both_kinds)
            if why:
                found.setdefault(why, {})[vmid] = reserved[vmid]
    return found


def _obstacle(node: str, weight: int, amounts: tuple[float, float], *, both_kinds: bool) -> str | None:
    total, cores = amounts
    if total > cores:
        return f"guests on {node} have {shown(total, CPU)} reserved, and it has {shown(cores, CPU)}"
    if weight >= MOST_WEIGHT:
        return f"it would take more than {MOST_WEIGHT} cpuunits"
    return f"{node} runs machines and containers, which share it half and half" if both_kinds else None


def _siblings(scene: Scene) -> Iterator[tuple[str, list[Guest]]]:
    """Running guests of a node whose weights are held against each other: machines, or containers."""
    for node, guests in by_node(scene.cluster).items():
        for kind in ("qemu", "lxc"):
            siblings = [guest for guest in guests if guest.type == kind]
            if siblings:
                yield node, siblings

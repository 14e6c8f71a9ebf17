# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Who stays on an evacuated node, and why (drs-model 3.8, 7.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.ground import Ground
from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import (
    BLOCKED,
    IGNORED,
    LEFT_TO_HA,
    MANAGER,
    SKIP,
    SKIPPED,
    Evacuating,
    Left,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Refusal
from ansible_collections.pve.drs.plugins.module_utils.core.problem import moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit

WISHES = "preferences"
# What stands against shutting a guest down, too: somebody works on it.
AT_WORK = frozenset(("guest_state", "running_task", "ha_manager"))


def left_behind(ground: Ground, wanted: Evacuating, units: Iterable[Unit]) -> tuple[Left, ...]:
    """One entry for each guest that stays."""
    return tuple(left for unit in units for left in _left(ground, wanted, unit))


def can_be_shut_down(left: Left) -> bool:
    """It is blocked, and nothing that would end by itself keeps it where it is."""
    return left.kind == BLOCKED and not any(refusal.constraint in AT_WORK for refusal in left.refusals)


def _left(ground: Ground, wanted: Evacuating, unit: Unit) -> Iterator[Left]:
    kinds = (_kind(ground, wanted, vmid) for vmid in unit)
    kind = next((kind for kind in kinds if kind != BLOCKED), BLOCKED)
    refusals = tuple(_refusals(ground, unit))
    for vmid in unit:
        if (node := ground.placement.node_of[vmid]) in ground.nodes:
            own = tuple(replace(refusal, vmid=vmid) for refusal in refusals)
            yield Left(vmid=vmid, node=node, kind=kind, refusals=own)


def _kind(ground: Ground, wanted: Evacuating, vmid: int) -> str:
    problem, guest = ground.problem, ground.placement.guest(vmid)
    if vmid in problem.rules.ignored:
        return IGNORED
    if guest.is_ha and is_for_ha(ground, wanted, vmid):
        return LEFT_TO_HA
    if guest.type == "lxc" and guest.is_active and wanted.containers == SKIP:
        return SKIPPED
    return BLOCKED


def is_for_ha(ground: Ground, wanted: Evacuating, vmid: int) -> bool:
    """The HA manager moves it off when the node is in maintenance; it is not frozen, and in no error."""
    guest = ground.placement.guest(vmid)
    node = ground.problem.cluster.node_by_name[guest.node]
    is_well = guest.hastate not in ("error", "freeze") and ground.problem.cluster.ha.mode != "freeze"
    return is_well and (wanted.ha_mode == MANAGER or node.in_maintenance or vmid in ground.taken_back)


def _refusals(ground: Ground, unit: Unit) -> Iterator[Refusal]:
    """One line when the same reason holds for every node, else the first reason against each."""
    open_nodes = sorted(ground.placement.node_names - ground.nodes)
    found = [refusal for node in open_nodes if (refusal := _refusal(ground, unit, node))]
    if not open_nodes:
        yield Refusal(vmid=unit[0], target=None, constraint="node_available", reason="there is no other node")
    elif len(found) == len(open_nodes) and len({(r.vmid, r.constraint, r.reason) for r in found}) == 1:
        yield replace(found[0], target=None)
    else:
        yield from found


def _refusal(ground: Ground, unit: Unit, node: str) -> Refusal | None:
    """Of guests that move together, with whom."""
    problem, moves = ground.problem, moves_to(ground.placement, unit, node)
    refused = problem.joint_refusal(ground.placement, moves)
    if refused is None:
        broken = ground.breaks(unit, node) if ground.keeps_wishes else None
        reason = f"{broken.source} would be kept less (on_rule_block is report)" if broken else ""
        return Refusal(vmid=unit[0], target=node, constraint=WISHES, reason=reason) if broken else None
    if len(unit) == 1:
        return refused
    others = ", ".join(str(vmid) for vmid in unit if vmid != refused.vmid)
    return replace(refused, reason=f"of guest {refused.vmid}, with which {others} moves: {refused.reason}")

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Relieve hot nodes one guest at a time: whoever costs least for what leaves with it, to the node that has most room."""

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from benchmarks.relief import Relief

STREAM = Resources(1.0, 0.0)


def cheapest_first(relief: Relief) -> list[int] | None:
    """Who moves, or None where a node stays above a limit."""
    room, staying, moved = dict(relief.room), {guest.vmid: guest for guest in relief.leaving}, []
    for node in sorted(relief.hot, key=lambda name: (room[name].cpu, name)):
        while min(room[node].cpu, room[node].memory) < 0.0:
            found = min(_offers(relief, room, node, staying), default=None)
            if found is None:
                return None
            _price, vmid, target = found
            need = staying.pop(vmid).demand
            room[node] += need
            room[target] -= need
            moved.append(vmid)
    return moved


def _offers(
    relief: Relief, room: dict[str, Resources], node: str, staying: dict[int, Guest]
) -> Iterator[tuple[float, int, str]]:
    for vmid, guest in staying.items():
        helped = _helped(room[node], guest.demand) if guest.node == node else 0.0
        if helped > 0.0:
            roomy = (target for target in relief.targets if _fits(room[target], guest.demand + STREAM))
            target = max(roomy, key=lambda name: (room[name].cpu, name), default=None)
            if target:
                yield relief.effort([vmid]) / helped, vmid, target


def _helped(room: Resources, need: Resources) -> float:
    """Which shares of what is too much leave with it, cpu and memory together."""
    pairs = ((room.cpu, need.cpu), (room.memory, need.memory))
    return sum(min(1.0, amount / -lacking) for lacking, amount in pairs if lacking < 0.0)


def _fits(room: Resources, need: Resources) -> bool:
    return need.cpu <= room.cpu and need.memory <= room.memory

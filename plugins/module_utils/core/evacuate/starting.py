# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that were shut down to be moved start at home again, as far as there is room for them (drs-model 7.4, 8.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ansible_collections.pve.drs.plugins.module_utils.core.constraints import memory_capacity
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.capacity import Capacity
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import STAYS_OFF, Left, Returning
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Refusal
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Starting
from ansible_collections.pve.drs.plugins.module_utils.core.place.expected import expected
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem

NO_WISHES = Starting()


@dataclass(slots=True)
class Starts:
    """Who starts, who stays off and why, and what those that start take of each node."""

    vmids: list[int] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    taken: dict[str, Resources] = field(default_factory=lambda: defaultdict(lambda: NOTHING))


def starts(problem: Problem, wanted: Returning, end: Placement) -> Starts:
    """In order of vmid, once everybody is at home who comes home."""
    found = Starts()
    for guest in _asleep(problem, wanted, end.node_of):
        node = end.node_of[guest.vmid]
        room = expected(problem.cluster, problem.policy, NO_WISHES, guest).room
        refusal = _refusal(problem, guest.vmid, node, end.claimed(node) + found.taken[node] + room)
        if refusal:
            found.left.append(Left(vmid=guest.vmid, node=node, kind=STAYS_OFF, refusals=(refusal,)))
        else:
            found.vmids.append(guest.vmid)
            found.taken[node] += room
    return found


def _asleep(problem: Problem, wanted: Returning, after: Mapping[int, str]) -> Iterator[Guest]:
    for home in sorted(wanted.homes, key=lambda home: home.vmid):
        guest = problem.cluster.guest_by_vmid.get(home.vmid)
        is_due = home.was_running and home.node in wanted.nodes
        if is_due and guest and guest.status == "stopped" and after[home.vmid] == home.node:
            yield guest


def _refusal(problem: Problem, vmid: int, node: str, used: Resources) -> Refusal | None:
    """Why it has to stay off where the node would use so much. Cpu that is only expected keeps nobody off."""
    guard = next(
        each for each in problem.constraints if isinstance(each, Capacity) and each.name == memory_capacity.NAME
    )
    amount, limit = guard.amount(used), guard.room.get(node, 0.0)
    if amount <= limit:
        return None
    text = f"with it running {node} would use {guard.show(amount)}, above its limit of {guard.show(limit)}"
    return Refusal(vmid=vmid, target=node, constraint=guard.name, reason=text)

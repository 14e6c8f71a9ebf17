# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Maintenance of nodes: what is asked of the manager, and what it makes of it in its next round (pve-api.md 8.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import refused

if TYPE_CHECKING:
    from .ha import Ha


def request(ha: Ha, node: str, *, on: bool) -> None:
    """Queue the command as `ha-manager crm-command node-maintenance` does; 500 where it can write nothing."""
    if not any(ha.world.is_quorate(name) for name in ha.world.nodes):
        raise refused("cfs-lock 'domain-ha' error: no quorum!")
    ha.maintenance_queue.append((node, on))


def take_requests(ha: Ha) -> None:
    """A node that is not online cannot begin; the end of maintenance is always taken. Refusals are only logged."""
    queue, ha.maintenance_queue = ha.maintenance_queue, []
    for node, on in queue:
        if not on or ha.node_status.get(node) == "online":
            ha.maintenance[node] = on


def is_under_way(ha: Ha) -> bool:
    """Whether commands wait, or a node has yet to follow what was asked for it."""
    return bool(ha.maintenance_queue) or any(
        on != (ha.node_status.get(node) == "maintenance") for node, on in ha.maintenance.items()
    )

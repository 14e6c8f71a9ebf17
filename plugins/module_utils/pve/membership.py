# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What /cluster/status tells: the name of the cluster, who has answered, and which node leads."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, Rows, flag, text, whole

# Who may act: whichever node answers, or only the leader of all.
ANY, LOCAL = "any", "local"
LEADERS = (ANY, LOCAL)


def cluster_name(status: Rows) -> str:
    """A node that is in no cluster stands for one with its name."""
    named = next((row.get("name") for row in status if row.get("type") == "cluster"), None)
    nodes = sorted(str(row.get("name")) for row in status if row.get("type") == "node")
    return text(named) or ", ".join(nodes) or "cluster"


def cluster_address(status: Rows, port: int) -> str:
    """What tells clusters of the same name apart: the address of the first node, and the port of the API."""
    nodes = [row for row in status if row.get("type") == "node"]
    first = min(nodes, key=_order, default={})
    return f"{cluster_name(status)} {first.get('ip') or first.get('name')} {port}"


def leader_of(status: Rows) -> str:
    """The node with the lowest id among those that are online (/cluster/status). Raises ApiError when there is none."""
    online = [row for row in status if row.get("type") == "node" and flag(row.get("online"))]
    if not online:
        raise ApiError("GET /cluster/status lists no node that is online, so none of them is the leader")
    return str(min(online, key=_order)["name"])


def answering_node(status: Rows) -> str:
    """The node that was asked, whatever the name or address of its API. Raises ApiError when it does not say."""
    name = next((row.get("name") for row in status if row.get("type") == "node" and flag(row.get("local"))), None)
    if name is None:
        raise ApiError("GET /cluster/status does not say which node has answered it")
    return str(name)


def _order(row: Row) -> tuple[int, str]:
    return whole(row.get("nodeid")) or 0, str(row.get("name"))

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options of drs_evacuate -> what is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, NodeNotReady
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import Evacuating, Returning
from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Home
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, whole

Params = Mapping[str, Any]
HOME, REBALANCE, NOTHING = "home", "rebalance", "none"
# Of the LRM of a node, unless the datacenter's options say otherwise (pve-api 6.4).
HA_WORKERS = 4


def evacuating_from(params: Params, options: Row) -> Evacuating:
    """`options` are those of the datacenter."""
    return Evacuating(
        nodes=frozenset(params["nodes"]),
        on_blocked=params["on_blocked"],
        on_rule_block=params["on_rule_block"],
        containers=params["containers"],
        ha_mode=params["ha_mode"],
        ha_workers=whole(options.get("max_workers")) or HA_WORKERS,
    )


def returning_from(params: Params, homes: Sequence[Home], options: Row) -> Returning:
    """`options` are those of the datacenter."""
    return Returning(
        nodes=frozenset(params["nodes"]),
        homes=tuple(homes),
        ha_workers=whole(options.get("max_workers")) or HA_WORKERS,
    )


def homes_from(entries: Sequence[Any]) -> dict[int, Home]:
    """What an earlier run returned as homes. Raises BadPolicy, naming the entry."""
    return {home.vmid: home for home in (_home(number, entry) for number, entry in enumerate(entries, 1))}


def _home(number: int, entry: object) -> Home:
    known = entry if isinstance(entry, Mapping) else {}
    vmid, node, target = whole(known.get("vmid")), known.get("node"), known.get("target")
    if vmid is None or not isinstance(node, str) or not isinstance(target, str):
        raise BadPolicy(f"entry {number} of homes must have vmid, node and target, as an earlier run returned them")
    was_running, time = known.get("was_running", False), known.get("time", 0.0)
    if not isinstance(was_running, bool) or not isinstance(time, int | float):
        raise BadPolicy(f"entry {number} of homes (guest {vmid}): was_running must be true or false, time a number")
    return Home(vmid=vmid, node=node, target=target, was_running=was_running, time=float(time))


def require_members(nodes: Sequence[str], cluster: Cluster) -> None:
    """Raises BadPolicy: a misspelt node would silently not be emptied."""
    if not nodes:
        raise BadPolicy("nodes is empty: name the nodes")
    unknown = sorted(set(nodes) - cluster.node_by_name.keys())
    if unknown:
        names = ", ".join(cluster.node_by_name)
        raise BadPolicy(f"nodes names {', '.join(unknown)}, but cluster {cluster.name} has only {names}")


def require_part(params: Params, policy: Policy) -> None:
    """Raises BadPolicy where a node is to be emptied, and to be left alone: its guests would count as blocked, and be shut down."""
    torn = sorted(node for node in params["nodes"] if policy.leaves_alone(node))
    if params["state"] == "evacuated" and torn:
        left = "disabled_nodes" if torn[0] in policy.disabled_nodes else "enabled_nodes"
        raise BadPolicy(
            f"nodes wants {', '.join(torn)} to be emptied, but {left} says that no guest leaves it: take it out of one of them"
        )


def require_ready(nodes: Sequence[str], cluster: Cluster, uptime_seconds: float) -> None:
    """Raises NodeNotReady for nodes that may not get their guests back yet (drs-model 7.4)."""
    troubles = [trouble for name in nodes if (trouble := _trouble(cluster.node_by_name[name], uptime_seconds))]
    if troubles:
        raise NodeNotReady(f"not ready to get guests back: {'; '.join(troubles)}")


def _trouble(node: Node, uptime_seconds: float) -> str | None:
    if not node.is_online:
        return f"{node.name} is {node.status}"
    if node.hastate not in (None, "online"):
        return f"the HA manager has {node.name} in state {node.hastate}"
    if node.uptime_seconds is not None and node.uptime_seconds < uptime_seconds:
        return f"{node.name} is up for {node.uptime_seconds} s, less than the {uptime_seconds:g} s of ready_uptime"
    return None

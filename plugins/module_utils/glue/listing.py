# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes, guests and what moves between them, as plain data with units in the names."""

from __future__ import annotations

from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.ha.reading import read_ha
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources

Facts = dict[str, Any]


def cluster_facts(cluster: Cluster) -> Facts:
    return {
        "name": cluster.name,
        "version": cluster.version,
        "quorate": cluster.is_quorate,
        "auto_rebalance": cluster.auto_rebalance,
        "fingerprint": cluster.fingerprint,
    }


def node_facts(cluster: Cluster) -> dict[str, Facts]:
    """By name."""
    vmids: dict[str, list[int]] = {node.name: [] for node in cluster.nodes}
    for guest in cluster.guests:
        vmids.setdefault(guest.node, []).append(guest.vmid)
    return {node.name: _node(node, vmids[node.name]) for node in cluster.nodes}


def guest_facts(cluster: Cluster) -> dict[str, Facts]:
    """By vmid, as text."""
    return {str(guest.vmid): _guest(guest) for guest in cluster.guests}


def migration_facts(cluster: Cluster) -> list[Facts]:
    return [
        {"vmid": under_way.vmid, "source": under_way.source, "target": under_way.target}
        for under_way in cluster.migrations
    ]


def rule_facts(cluster: Cluster) -> list[Facts]:
    """The HA rules and groups in force that name each guest."""
    return [{"vmid": vmid, "reason": ", ".join(sources)} for vmid, sources in read_ha(cluster).sources.items()]


def _node(node: Node, vmids: list[int]) -> Facts:
    return {
        "status": node.status,
        "hastate": node.hastate,
        "in_maintenance": node.in_maintenance,
        "uptime_seconds": node.uptime_seconds,
        "guests": vmids,
        **_amounts("capacity", node.capacity),
        **_amounts("used", node.usage),
    }


def _guest(guest: Guest) -> Facts:
    return {
        "name": guest.name,
        "type": guest.type,
        "node": guest.node,
        "status": guest.status,
        "template": guest.is_template,
        "lock": guest.lock,
        "tags": sorted(guest.tags),
        "pool": guest.pool,
        "hastate": guest.hastate,
        "estimated": guest.is_estimated,
        **_amounts("size", guest.size),
        **_amounts("demand", guest.demand),
    }


def _amounts(name: str, amount: Resources | None) -> Facts:
    """Nothing is shown as zero that PVE did not report."""
    return {
        f"{name}_cores": round(amount.cpu, 3) if amount else None,
        f"{name}_memory_bytes": round(amount.memory) if amount else None,
    }

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What presses on nodes and guests, as plain data with units in the names."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import NodeDetails
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.glue.listing import Facts

NEEDS = Needs(node_details=True, node_pressure=True, guest_pressure=True)
UNKNOWN = NodeDetails()
NEVER_RECORDED = ObjectHistory()


def detail_facts(cluster: Cluster) -> Facts:
    """By node and, for the guests that run, by vmid. What was not reported is null, or not there."""
    return {
        "nodes": {node.name: _node(cluster, node) for node in cluster.nodes},
        "guests": {str(guest.vmid): _guest(guest) for guest in cluster.guests if guest.is_active},
    }


def _node(cluster: Cluster, node: Node) -> Facts:
    known = node.details or UNKNOWN
    past = cluster.history.nodes.get(node.name, NEVER_RECORDED)
    newest = {name: series.values[-1] for name, series in past.pressure.items() if series.values}
    return {
        "cores": known.cores,
        "sockets": known.sockets,
        "mhz": known.mhz,
        "merged_bytes": known.ksm_bytes,
        "swap_used_bytes": known.swap_used_bytes,
        "swap_total_bytes": known.swap_total_bytes,
        "zfs_cache_bytes": known.arc_bytes,
        "pressure_percent": _rounded(newest),
    }


def _guest(guest: Guest) -> Facts:
    return {
        "balloon_bytes": guest.balloon.bytes if guest.balloon else None,
        "balloon_least_bytes": guest.balloon.least_bytes if guest.balloon else None,
        "pressure_percent": _rounded(guest.pressure or {}),
    }


def _rounded(pressure: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in sorted(pressure.items())}

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Recorded figures of nodes and of single guests, added to the picture of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import NO_OBJECT_HISTORY, ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.ask import ask_all
from ansible_collections.pve.drs.plugins.module_utils.pve.history import continued, guest_past, joined, node_past
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Rows

HOUR, LONG = "hour", "week"
MEANS, PEAKS = "AVERAGE", "MAX"

# What was answered by node, time frame and consolidation.
Recorded = Mapping[tuple[str, str, str], Rows]
NO_ROWS: Rows = ()


def ask_nodes(api: Api, cluster: Cluster, needs: Needs) -> tuple[Recorded, tuple[str, ...]]:
    """Rows of the nodes that are online, and a warning for each node that gave none."""
    kinds = [(HOUR, MEANS)]
    kinds += [(HOUR, PEAKS)] if needs.node_pressure else []
    kinds += [(LONG, MEANS)] if needs.node_days else []
    replies = ask_all(
        api,
        {
            (node.name, frame, consolidation): partial(api.node_history, node.name, frame, consolidation)
            for node in cluster.measured_nodes
            for frame, consolidation in kinds
        },
    )
    return replies.found, tuple(dict.fromkeys(replies.complaints("no history of node {key[0]}")))


def with_node_history(cluster: Cluster, recorded: Recorded) -> Cluster:
    """A node that gave no rows has an empty past; samples that were taken already come after the rows."""
    sampled = cluster.history.nodes
    nodes = {
        node.name: continued(_node_past(node.name, recorded), sampled.get(node.name, NO_OBJECT_HISTORY))
        for node in cluster.measured_nodes
    }
    return replace(cluster, history=replace(cluster.history, nodes=nodes))


def with_guest_history(api: Api, cluster: Cluster, needs: Needs, vmids: Iterable[int]) -> Cluster:
    """One request for each guest, or two; a guest that gives no rows has an empty past, and a warning."""
    guests = [cluster.guest_by_vmid[vmid] for vmid in sorted(vmids) if vmid in cluster.guest_by_vmid]
    replies = ask_all(api, {guest.vmid: _question(api, guest, needs) for guest in guests})
    found = {guest.vmid: replies.found.get(guest.vmid, ObjectHistory()) for guest in guests}
    history = replace(cluster.history, guests={**cluster.history.guests, **found})
    warnings = (*cluster.warnings, *replies.complaints("no history of guest {key}"))
    return replace(cluster, history=history, warnings=warnings)


def _node_past(node: str, recorded: Recorded) -> ObjectHistory:
    recent, older = recorded.get((node, HOUR, MEANS), NO_ROWS), recorded.get((node, LONG, MEANS), NO_ROWS)
    return node_past(joined(older, recent), recorded.get((node, HOUR, PEAKS), NO_ROWS))


def _question(api: Api, guest: Guest, needs: Needs) -> Callable[[], ObjectHistory]:
    return partial(ask_guest, api, guest, with_days=needs.node_days)


def ask_guest(api: Api, guest: Guest, *, with_days: bool) -> ObjectHistory:
    """The last hour of a guest, or the last week. Raises ApiError."""
    older = api.guest_history(guest.node, guest.type, guest.vmid, LONG) if with_days else NO_ROWS
    recent = api.guest_history(guest.node, guest.type, guest.vmid, HOUR)
    return guest_past(guest.type, joined(older, recent))

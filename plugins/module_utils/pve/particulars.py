# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Details of nodes and guests that only some methods need, added to the picture of a cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.ask import ask_all
from ansible_collections.pve.drs.plugins.module_utils.pve.configured import configured
from ansible_collections.pve.drs.plugins.module_utils.pve.details import balloon_of, details_of
from ansible_collections.pve.drs.plugins.module_utils.pve.history import pressures_of
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, whole


def with_node_details(api: Api, cluster: Cluster, arc_bytes: Mapping[str, float | None]) -> Cluster:
    """One request for each node."""
    calls = {node.name: partial(api.node_status, node.name) for node in cluster.measured_nodes}
    replies = ask_all(api, calls)
    details = {name: details_of(status, arc_bytes.get(name)) for name, status in replies.found.items()}
    nodes = tuple(replace(node, details=details.get(node.name)) for node in cluster.nodes)
    return _warned(replace(cluster, nodes=nodes), *replies.complaints("no status of node {key}"))


def with_node_status(api: Api, cluster: Cluster, names: Collection[str]) -> Cluster:
    """Details of some nodes as they are now, with one request for each; the size of caches as it was."""
    calls = {name: partial(api.node_status, name) for name in sorted(names)}
    replies = ask_all(api, calls)
    nodes = tuple(_with_status(node, replies.found.get(node.name)) for node in cluster.nodes)
    return _warned(replace(cluster, nodes=nodes), *replies.complaints("no status of node {key}"))


def _with_status(node: Node, status: Row | None) -> Node:
    if status is None:
        return node
    return replace(node, details=details_of(status, node.details.arc_bytes if node.details else None))


def with_guest_lists(api: Api, cluster: Cluster, nodes: Iterable[str], *, with_containers: bool) -> Cluster:
    """Pressure and balloons: one request for each of the nodes, two with containers, which have pressure only."""
    kinds = {"machines": api.machines} | ({"containers": api.containers} if with_containers else {})
    calls = {(node, kind): partial(ask, node) for node in nodes for kind, ask in kinds.items()}
    replies = ask_all(api, calls)
    told = {node for node, kind in replies.found if kind == "machines"}
    asked = tuple(replace(node, tells_balloons=node.tells_balloons or node.name in told) for node in cluster.nodes)
    rows = {vmid: row for row in chain(*replies.found.values()) if (vmid := whole(row.get("vmid"))) is not None}
    guests = tuple(_listed(guest, rows[guest.vmid]) if guest.vmid in rows else guest for guest in cluster.guests)
    cluster = replace(cluster, guests=guests, nodes=asked)
    return _warned(cluster, *replies.complaints("no list of {key[1]} from node {key[0]}"))


def with_vcpus(api: Api, cluster: Cluster) -> Cluster:
    """One request for each guest whose listed vCPUs may be capped by its node, which is rare."""
    capped = [guest for guest in cluster.guests if _may_be_capped(guest, cluster.node_by_name.get(guest.node))]
    calls = {guest.vmid: partial(api.guest_config, guest.node, guest.type, guest.vmid) for guest in capped}
    replies = ask_all(api, calls)
    found = {
        guest.vmid: configured(guest, config)
        for guest in capped
        if (config := replies.found.get(guest.vmid)) is not None
    }
    guests = tuple(found.get(guest.vmid, guest) for guest in cluster.guests)
    return _warned(replace(cluster, guests=guests), *replies.complaints("no configuration of guest {key}"))


def _listed(guest: Guest, row: Row) -> Guest:
    """Before PVE 9 there is no pressure, and an empty one would look like none."""
    return replace(guest, pressure=pressures_of(row) or None, balloon=balloon_of(row))


def _may_be_capped(guest: Guest, node: Node | None) -> bool:
    return node is not None and node.capacity is not None and guest.size.cpu >= node.capacity.cpu


def _warned(cluster: Cluster, *warnings: str) -> Cluster:
    return replace(cluster, warnings=(*cluster.warnings, *warnings))

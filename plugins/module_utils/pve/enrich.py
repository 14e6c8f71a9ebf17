# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Beyond the listings: what the method and the estimator of a policy need, and nothing else (drs-model 10.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.health import health_of
from ansible_collections.pve.drs.plugins.module_utils.pve.histories import (
    HOUR,
    MEANS,
    Recorded,
    ask_nodes,
    with_node_history,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.history import newest
from ansible_collections.pve.drs.plugins.module_utils.pve.listings import Listings
from ansible_collections.pve.drs.plugins.module_utils.pve.particulars import (
    with_guest_lists,
    with_node_details,
    with_node_status,
    with_vcpus,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.past import more_tasks, past_moves
from ansible_collections.pve.drs.plugins.module_utils.pve.volumes import with_volumes

HOUR_SECONDS = 3600.0
WEEK_SECONDS = 7 * 24 * HOUR_SECONDS


def enriched(api: Api, cluster: Cluster, listings: Listings, needs: Needs) -> Cluster:
    """Raises ApiError when no host answers; what a single node does not answer is left out, with a warning."""
    names = [node.name for node in cluster.measured_nodes]
    recorded: Recorded = {}
    if needs.node_history or needs.node_pressure or needs.node_details or needs.node_network:
        recorded, warnings = ask_nodes(api, cluster, needs)
        cluster = with_node_history(replace(cluster, warnings=(*cluster.warnings, *warnings)), recorded)
    if needs.node_details:
        cluster = with_node_details(api, cluster, _arc_bytes(cluster, recorded))
    if needs.guest_pressure or needs.node_details:
        cluster = with_guest_lists(api, cluster, names, with_containers=needs.guest_pressure)
    if needs.vcpus:
        cluster = with_vcpus(api, cluster)
    if needs.volumes:
        cluster = with_volumes(api, cluster, names, listings.permissions)
    if needs.health:
        unknown = [node.name for node in cluster.measured_nodes if node.details is None]
        cluster = replace(with_node_status(api, cluster, unknown), health=health_of(api, listings.manager))
    return _dated(api, cluster, listings, needs)


def server_time(api: Api, cluster: Cluster) -> float:
    """Seconds since the epoch by the clock of the first node that tells it. Raises ApiError when none does."""
    lost: ApiError = ApiError("no node is online that could tell the time")
    for node in cluster.measured_nodes:
        try:
            return api.node_time(node.name)
        except ApiError as error:
            lost = error
    raise lost


def remembered(fresh: Cluster, before: Cluster, listings: Listings) -> Cluster:
    """A fresh picture with the past and the details of an earlier one, and the migrations that ended since."""
    nodes = tuple(_remembered_node(node, before.node_by_name.get(node.name)) for node in fresh.nodes)
    guests = tuple(_remembered_guest(guest, before.guest_by_vmid.get(guest.vmid)) for guest in fresh.guests)
    moves = {*before.history.moves, *past_moves(listings.tasks, _places(fresh), before.history.now)}
    devices = before.mapped_devices
    return replace(
        fresh,
        nodes=nodes,
        guests=guests,
        mapped_devices=devices,
        history=replace(before.history, moves=tuple(sorted(moves))),
    )


def _dated(api: Api, cluster: Cluster, listings: Listings, needs: Needs) -> Cluster:
    """Figures of the past are held against the clock of the cluster: the one of this machine may be wrong."""
    if not (needs.node_history or needs.node_pressure or needs.recent_moves) or not cluster.measured_nodes:
        return cluster
    now = server_time(api, cluster)
    cluster = replace(cluster, history=replace(cluster.history, now=now))
    if not needs.recent_moves:
        return cluster
    since = now - max(WEEK_SECONDS if needs.node_days else HOUR_SECONDS, needs.moves_seconds)
    more, warnings = more_tasks(api, listings.tasks, since)
    moves = past_moves((*listings.tasks, *more), _places(cluster), since)
    history = replace(cluster.history, moves=moves)
    return replace(cluster, history=history, warnings=(*cluster.warnings, *warnings))


def _places(cluster: Cluster) -> dict[int, str]:
    return {guest.vmid: guest.node for guest in cluster.guests}


def _arc_bytes(cluster: Cluster, recorded: Recorded) -> Mapping[str, float | None]:
    return {node.name: newest(recorded.get((node.name, HOUR, MEANS), ()), "arcsize") for node in cluster.nodes}


def _remembered_node(node: Node, before: Node | None) -> Node:
    """What was found out about it, and the room that guests need which were started there a moment ago."""
    if before is None:
        return node
    return replace(node, details=before.details, tells_balloons=before.tells_balloons, surge=before.surge)


def _remembered_guest(guest: Guest, before: Guest | None) -> Guest:
    if before is None:
        return guest
    return replace(
        guest,
        surge=before.surge,
        vcpus=before.vcpus,
        local_volumes=before.local_volumes,
        pressure=before.pressure,
        balloon=before.balloon,
        config=before.config,
    )

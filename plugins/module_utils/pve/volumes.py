# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What guests have on storages that only their node has, added to the picture of a cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import LocalStorage, LocalVolume
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.ask import Replies, ask_all
from ansible_collections.pve.drs.plugins.module_utils.pve.configured import configured
from ansible_collections.pve.drs.plugins.module_utils.pve.details import volumes_of
from ansible_collections.pve.drs.plugins.module_utils.pve.drives import configured_volumes
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import holds
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, Rows

# PVE leaves volumes of guests out of the list of a storage for users without it.
SEE_VOLUMES = "VM.Config.Disk"
HIDDEN = "PVE hides volumes of guests from the lists of storages; a guest that may have to move is asked for its own"
# Node and storage.
Place = tuple[str, LocalStorage]


def with_volumes(api: Api, cluster: Cluster, nodes: Iterable[str], permissions: Row) -> Cluster:
    """One request for each storage that one of the nodes has for itself; where that cannot tell, volumes are unknown."""
    places = [(node, storage) for node in nodes for storage in cluster.node_by_name[node].local_storages or ()]
    replies = ask_all(api, {(node, storage.id): partial(api.volumes, node, storage.id) for node, storage in places})
    failed = {node for node, _storage in replies.failed}
    known = {node: _volumes(node, places, replies) for node in nodes if node not in failed}
    may_see = holds(permissions, SEE_VOLUMES, "/vms")
    unlisted: tuple[LocalVolume, ...] | None = () if may_see else None
    warnings = dict.fromkeys([*cluster.warnings, *replies.complaints("no list of volumes of {key[0]}")])
    if places and not may_see:
        warnings[f"{api.client.connection.who} lacks {SEE_VOLUMES} on /vms: {HIDDEN}"] = None
    return replace(
        cluster,
        guests=tuple(
            replace(guest, local_volumes=known[guest.node].get(guest.vmid, unlisted)) if guest.node in known else guest
            for guest in cluster.guests
        ),
        warnings=tuple(warnings),
    )


def with_configured_volumes(api: Api, cluster: Cluster, vmids: Collection[int]) -> Cluster:
    """One request for each guest; with a warning for each that cannot be asked."""
    guests = [guest for guest in cluster.guests if guest.vmid in vmids]
    calls = {guest.vmid: partial(api.guest_config, guest.node, guest.type, guest.vmid) for guest in guests}
    replies = ask_all(api, calls)
    local = {node.name: {storage.id for storage in node.local_storages or ()} for node in cluster.nodes}
    found = {
        g.vmid: replace(configured(g, config), local_volumes=configured_volumes(config, local[g.node]))
        for g in guests
        if (config := replies.found.get(g.vmid)) is not None
    }
    return replace(
        cluster,
        guests=tuple(found.get(guest.vmid, guest) for guest in cluster.guests),
        warnings=(*cluster.warnings, *replies.complaints("no configuration of guest {key}")),
    )


def _volumes(
    node: str, places: list[Place], replies: Replies[tuple[str, str], Rows]
) -> dict[int, tuple[LocalVolume, ...]]:
    """By vmid."""
    return volumes_of((storage, replies.found[name, storage.id]) for name, storage in places if name == node)

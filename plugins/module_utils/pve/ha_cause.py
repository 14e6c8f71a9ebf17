# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Why the HA manager probably did something else than it was asked to: it tells nobody but its log (pve-observed 4)."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.errors import DrsError
from ansible_collections.pve.drs.plugins.module_utils.core.ha.reading import read_ha
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import picture

UNKNOWN = "its log on the master node tells why"


def likely_cause(api: Api, move: Move) -> str:
    """By what the nodes and the rules are now; where they explain nothing, where to look."""
    try:
        cluster, _unused = picture(api)
    except DrsError:
        return UNKNOWN
    return next(causes(cluster, move), UNKNOWN)


def causes(cluster: Cluster, move: Move) -> Iterator[str]:
    """What keeps the HA manager from leaving a guest on the target of a move, or from taking it there."""
    yield from _of_node(cluster, move.target)
    yield from _of_rules(cluster, move)
    if cluster.auto_rebalance:
        yield "Proxmox's own balancer (crs ha-auto-rebalance) is on, and may have moved it"


def _of_node(cluster: Cluster, name: str) -> Iterator[str]:
    node = cluster.node_by_name.get(name)
    state = "no member of the cluster" if node is None else node.status if not node.is_online else node.hastate
    if state not in (None, "online"):
        yield f"{name} is {f'in {state}' if state == 'maintenance' else state} for the HA manager"


def _of_rules(cluster: Cluster, move: Move) -> Iterator[str]:
    found = read_ha(cluster)
    place = found.places.get(move.vmid)
    if place and move.target not in place.allowed:
        yield f"{place.source} does not allow it on {move.target}"
    if place and move.target not in place.preferred:
        yield f"{place.source} prefers {', '.join(sorted(place.preferred)) or 'other nodes'}"
    here = {guest.vmid for guest in cluster.guests if guest.node == move.target} - {move.vmid}
    for separation in found.separations:
        if move.vmid in separation.vmids and (others := sorted(here & separation.vmids)):
            yield f"{separation.source} keeps it apart from {', '.join(map(str, others))} on {move.target}"

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A cluster as Proxmox's balancer sees it: from our picture of it to theirs (proxmox-crs 2, 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.crs.affinity import (
    Affinities,
    Situation,
    affinities,
    leaders,
)
from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import Candidate, CrsGuest, CrsNode, expanded
from ansible_collections.pve.drs.plugins.module_utils.core.crs.usage import static_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.ha.bundles import Service
from ansible_collections.pve.drs.plugins.module_utils.core.ha.force import rules_in_force
from ansible_collections.pve.drs.plugins.module_utils.core.ha.groups import with_groups_as_rules
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest

STATIC = "static"
STARTED, STOPPED = "started", "stopped"
MOVING = ("migrate", "relocate")
NO_NODES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Online nodes with their use, guests by HA id that count, and the rules that bind them."""

    nodes: Mapping[str, CrsNode]
    guests: Mapping[str, CrsGuest]
    rules: Affinities
    situation: Situation
    is_static: bool

    @property
    def is_in_motion(self) -> bool:
        """A guest that the HA manager is moving: then Proxmox does not even look."""
        return any(service.state in MOVING for service in self.situation.services.values())

    def candidates(self) -> tuple[Candidate, ...]:
        """None from a node that is not online or has no figures: it takes no part in anything."""
        found = expanded(leaders(self.rules, self.situation), self.guests, static=self.is_static)
        return tuple(candidate for candidate in found if candidate.source in self.nodes)


def picture(cluster: Cluster, mode: str, *, with_others: bool = False, without: frozenset[str] = NO_NODES) -> Picture:
    """`with_others`: running machines that HA does not manage may be moved as well, but no containers (drs-model 6.12, crs_plus).

    Nodes that it is `without` do not count.
    """
    is_static = mode == STATIC
    usable = [
        node
        for node in cluster.measured_nodes
        if node.usage is not None and not node.is_source_only and node.name not in without
    ]
    nodes = {n.name: CrsNode(name=n.name, capacity=n.capacity, usage=n.usage) for n in usable if n.capacity and n.usage}
    targets = {migration.vmid: migration.target for migration in cluster.migrations}
    movable = [guest for guest in cluster.guests if _may_move(guest, with_others=with_others)]
    guests = {guest.sid: crs_guest(guest, targets.get(guest.vmid)) for guest in movable}
    counted = [crs_guest(guest, targets.get(guest.vmid)) for guest in cluster.guests if guest.is_active]
    config = with_groups_as_rules(cluster.ha)
    return Picture(
        nodes=static_nodes(nodes, counted) if is_static else nodes,
        guests=guests,
        rules=affinities(rules_in_force(config, len(cluster.nodes)), tuple(cluster.node_by_name)),
        situation=Situation(
            services={guest.sid: Service(node=guest.node, state=_state(guest)) for guest in movable},
            targets={guest.sid: guest.target for guest in guests.values() if guest.target},
            online=tuple(nodes),
        ),
        is_static=is_static,
    )


def _may_move(guest: Guest, *, with_others: bool) -> bool:
    return guest.type == "qemu" and (guest.is_ha or guest.is_active) if with_others else guest.is_ha


def crs_guest(guest: Guest, target: str | None) -> CrsGuest:
    """With what it uses and what it is configured with."""
    return CrsGuest(sid=guest.sid, node=guest.node, usage=guest.demand, maximum=guest.assigned, target=target)


def _state(guest: Guest) -> str:
    """As the HA manager calls it; a machine that it does not know runs or does not."""
    return (guest.hastate or STOPPED) if guest.is_ha else (STARTED if guest.is_active else STOPPED)

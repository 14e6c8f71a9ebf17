# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is wrong with a cluster, in sentences: as long as there is any, no node of it should be taken away (drs-model 7.5)."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.health import Health

CEPH_IS_WELL = "HEALTH_OK"
# A service in one of these states is not where it should be, or not at all (pve-api 8.4).
TROUBLED_SERVICES = ("error", "fence", "recovery")
TROUBLED_NODES = ("fence", "unknown", "gone")


def troubles(cluster: Cluster) -> tuple[str, ...]:
    """Quorum, nodes, HA and Ceph; a node in maintenance is none."""
    health = cluster.health or Health()
    quorum = () if cluster.is_quorate else ("the cluster has no quorum",)
    nodes = (text for node in cluster.nodes for text in _of_node(node))
    return (*quorum, *nodes, *_of_ha(cluster, health), *_of_ceph(health))


def _of_node(node: Node) -> Iterator[str]:
    if not node.is_online:
        yield f"node {node.name} is {node.status}"
    elif node.hastate in TROUBLED_NODES:
        yield f"node {node.name} is {node.hastate} to the HA manager"


def _of_ha(cluster: Cluster, health: Health) -> Iterator[str]:
    if health.services and health.ha_master is None:
        yield "no node leads the HA manager"
    elif health.ha_master and not _is_online(cluster, health.ha_master):
        yield f"node {health.ha_master}, which leads the HA manager, is not online"
    for sid, state in sorted(health.services.items()):
        if state in TROUBLED_SERVICES:
            yield f"HA service {sid} is in state {state}"


def _is_online(cluster: Cluster, name: str) -> bool:
    node = cluster.node_by_name.get(name)
    return node is not None and node.is_online


def _of_ceph(health: Health) -> Iterator[str]:
    if health.ceph not in (None, CEPH_IS_WELL):
        yield f"Ceph is {health.ceph}" + (f" ({'; '.join(health.ceph_reasons)})" if health.ceph_reasons else "")

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes that are being evacuated: guests leave them, and none may come (drs-model 1, 7.1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.ha.reading import read_ha
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster


def with_draining(cluster: Cluster, names: Collection[str]) -> Cluster:
    """Nodes of these names are marked; the same cluster when there are none."""
    if not any(node.name in names for node in cluster.nodes):
        return cluster
    return replace(
        cluster,
        nodes=tuple(replace(node, is_draining=node.name in names) for node in cluster.nodes),
    )


def taken_back(cluster: Cluster) -> dict[int, str]:
    """Guests that the HA manager takes back to a draining node as soon as they have left it, by the rule that says so.

    It does until the node is in maintenance; then it moves them off by itself (pve-observed 4, 10).
    """
    draining = frozenset(node.name for node in cluster.nodes if node.is_draining)
    if not draining:
        return {}
    places = read_ha(with_nothing_draining(cluster)).places
    return {
        vmid: place.source
        for vmid, place in places.items()
        if place.fails_back and place.preferred != place.allowed and place.preferred and place.preferred <= draining
    }


def with_nothing_draining(cluster: Cluster) -> Cluster:
    """As the HA manager sees it."""
    return replace(cluster, nodes=tuple(replace(node, is_draining=False) for node in cluster.nodes))

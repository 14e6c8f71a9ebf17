# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Read what nodes and guests use of one resource, as the cluster reports it."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.methods.measured import measured_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources


def used_reading(given: Given, name: str, amount: Callable[[Resources], float]) -> Reading:
    """Use of the nodes that are online; guests that do not run use nothing. Raises NoMeasurement."""
    nodes = measured_nodes(given, name)
    return Reading(
        nodes={node.name: amount(node.usage) for node in nodes if node.usage},
        capacity={node.name: amount(_whole(node, node.capacity)) for node in nodes if node.capacity},
        guests={guest.vmid: amount(guest.demand) if guest.is_active else 0.0 for guest in given.cluster.guests},
        guessed=frozenset(guest.vmid for guest in given.cluster.guests if guest.is_estimated),
    )


def _whole(node: Node, capacity: Resources) -> Resources:
    """With all of its threads: what PVE shows as the use of a node is by these."""
    return Resources(node.threads * node.speed, capacity.memory)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Read what guests are configured with: promises, whatever is used of them at the moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.methods.measured import measured_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources


def assigned_reading(given: Given, name: str, amount: Callable[[Resources], float]) -> Reading:
    """Sums over the running guests of each node, or over all but templates (drs-model 2.3).

    Raises NoMeasurement: without figures of a node there is no telling whether a guest fits there.
    """
    nodes = measured_nodes(given, name)
    counted = {guest.vmid: amount(guest.assigned) for guest in given.cluster.guests if _counts(given, guest)}
    sums: dict[str, float] = defaultdict(float)
    for guest in given.cluster.guests:
        sums[guest.node] += counted.get(guest.vmid, 0.0)
    return Reading(
        nodes={node.name: sums[node.name] for node in nodes},
        capacity={node.name: amount(Resources(node.threads, node.capacity.memory)) for node in nodes if node.capacity},
        guests={guest.vmid: counted.get(guest.vmid, 0.0) for guest in given.cluster.guests},
        guessed=frozenset(guest.vmid for guest in given.cluster.guests if guest.is_estimated),
    )


def _counts(given: Given, guest: Guest) -> bool:
    return guest.is_active or (given.policy.assigned_scope == "all" and not guest.is_template)

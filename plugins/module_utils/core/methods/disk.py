# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Balance by what is used of local storages (drs-model 2.3.1)."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.methods.linear import LinearGauge
from ansible_collections.pve.drs.plugins.module_utils.core.methods.measured import measured_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.methods.method import Method
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import LocalStorage
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading


def gauge(given: Given) -> LinearGauge:
    """In bytes. Raises NoMeasurement where no storage is known."""
    nodes = measured_nodes(given, "disk")
    if nodes and not any(node.local_storages for node in nodes):
        raise NoMeasurement(
            "method disk: no node shows a local storage for disks of guests; "
            "is there any, and does the user hold Datastore.Audit on /storage?"
        )
    pools = {node.name: distinct(node.local_storages or ()) for node in nodes}
    guests = given.cluster.guests
    return LinearGauge(
        "disk",
        Reading(
            nodes={node: sum(pool.used_bytes for pool in found) for node, found in pools.items()},
            capacity={node: sum(pool.total_bytes for pool in found) for node, found in pools.items()},
            guests={guest.vmid: guest.local_bytes or 0.0 for guest in guests},
            guessed=frozenset(guest.vmid for guest in guests if guest.is_estimated or guest.local_bytes is None),
        ),
    )


def distinct(storages: Iterable[LocalStorage]) -> tuple[LocalStorage, ...]:
    """One of each pool: two storages of one kind and with the same figures are two names of the same room."""
    found = {(s.plugintype, s.used_bytes, s.total_bytes): s for s in storages}
    return tuple(found.values())


DISK = Method(name="disk", describes="use of local storage", gauge=gauge, needs=Needs(volumes=True))

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Balance by what is used of local storages (drs-model 2.3.1)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.methods.linear import LinearGauge
from ansible_collections.pve.drs.plugins.module_utils.core.methods.measured import measured_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.methods.method import Method
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading
from ansible_collections.pve.drs.plugins.module_utils.core.storages import bytes_of, pools_of


def gauge(given: Given) -> LinearGauge:
    """In bytes. Raises NoMeasurement where no storage is known."""
    nodes = measured_nodes(given, "disk")
    pools = {node.name: pools_of(node, given.policy) for node in nodes}
    if nodes and not any(pools.values()):
        raise NoMeasurement(
            "method disk: no node shows a local storage for disks of guests that counts; is there any, "
            "do included_storages and excluded_storages leave one, does the user hold Datastore.Audit on /storage?"
        )
    guests = given.cluster.guests
    return LinearGauge(
        "disk",
        Reading(
            nodes={node: sum(pool.used_bytes for pool in found) for node, found in pools.items()},
            capacity={node: sum(pool.total_bytes for pool in found) for node, found in pools.items()},
            guests={guest.vmid: bytes_of(guest, given.policy) or 0.0 for guest in guests},
            guessed=frozenset(guest.vmid for guest in guests if guest.is_estimated or guest.local_volumes is None),
        ),
    )


DISK = Method(name="disk", describes="use of local storage", gauge=gauge, needs=Needs(volumes=True))

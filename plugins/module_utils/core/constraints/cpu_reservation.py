# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What running guests have reserved of cpu stays within what a node has (drs-model 5.8)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.overcommit import Overcommit
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.tally import tally
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU
from ansible_collections.pve.drs.plugins.module_utils.core.pools.amounts import shown


def build(given: Given) -> Overcommit:
    """Of guests with terms of their own in a pool; without any it allows everything."""
    pools = given.policy.pools
    reserved = {vmid: terms[CPU].reservation for pool in pools for vmid, terms in pool.guests.items()}
    rooms = {node.name: node.capacity.cpu for node in given.cluster.nodes if node.capacity}
    return Overcommit(
        name="cpu_reservation",
        room=rooms if any(reserved.values()) else {},
        promised=tally(given.cluster, lambda guest: reserved.get(guest.vmid, 0.0)),
        show=lambda cores: f"{shown(cores, CPU)} by reservations",
    )

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that Proxmox's HA manager is moving, recovering or holding are left to it."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_guest import GuestConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest

MOVABLE_HA_STATES = ("started", "stopped", "disabled", "ignored")


def build(given: Given) -> GuestConstraint:
    """HA states from drs-model 3.3; HA rules and auto-rebalance from 3.10."""
    draining = {node.name for node in given.cluster.nodes if node.in_maintenance}

    def reason(guest: Guest) -> str | None:
        if not guest.is_ha:
            return None
        if guest.hastate not in MOVABLE_HA_STATES:
            return f"the HA manager has it in state {guest.hastate}"
        if guest.node in draining:
            return f"the HA manager moves it off {guest.node}, which is in maintenance"
        if given.cluster.auto_rebalance:
            return "Proxmox's own auto-rebalance (crs ha-auto-rebalance) already moves HA guests"
        named_in = given.cluster.ha_rules.get(guest.vmid)
        return f"the HA manager places it by {named_in}" if named_in else None

    return GuestConstraint(name="ha_manager", reason=reason)

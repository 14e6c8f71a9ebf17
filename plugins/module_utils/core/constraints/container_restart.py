# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A running container can only move by a restart, which interrupts it; that must be allowed."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_guest import GuestConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.rules import CompiledRules


def build(cluster: Cluster, policy: Policy, rules: CompiledRules) -> GuestConstraint:
    """PVE has no live migration of containers (pve-api 6.3)."""

    def reason(guest: Guest) -> str | None:
        needs_restart = guest.type == "lxc" and guest.is_active
        return "moving a running container restarts it (restart_containers is off)" if needs_restart else None

    return GuestConstraint(
        name="container_restart", reason=(lambda guest: None) if policy.restart_containers else reason
    )

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A running container can only move by a restart, which interrupts it; that must be allowed."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_guest import GuestConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest


def build(given: Given) -> GuestConstraint:
    """PVE has no live migration of containers (pve-api 6.3)."""

    def reason(guest: Guest) -> str | None:
        if given.policy.restart_containers or guest.type != "lxc" or not guest.is_active:
            return None
        return "moving a running container restarts it (restart_containers is off)"

    return GuestConstraint(name="container_restart", reason=reason)

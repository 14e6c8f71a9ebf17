# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A guest that a task is working on stays until the task has ended (drs-model 3.3, state guard)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_guest import GuestConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest


def build(given: Given) -> GuestConstraint:
    """Backups, snapshots, clones and the like; migrations are known by themselves."""

    def reason(guest: Guest) -> str | None:
        task = given.cluster.tasks.get(guest.vmid)
        return f"task {task} is running on it" if task else None

    return GuestConstraint(name="running_task", reason=reason)

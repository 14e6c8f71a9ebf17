# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What replication jobs say about where a running guest may go (pve-api 6.2, 10). No input or output."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Obstacle
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Rows, text, whole


def may_be_replicated_live(guest: Guest) -> bool:
    """Only virtual machines move while they run."""
    return guest.type == "qemu" and guest.is_active


def jobs_of(jobs: Rows, guest: Guest) -> Rows:
    return [job for job in jobs if whole(job.get("guest")) == guest.vmid]


def replication_obstacle(jobs: Rows, guest: Guest, nodes: Iterable[str]) -> Obstacle:
    """Jobs that are switched off count for PVE as well; one that is being removed holds the guest."""
    own = jobs_of(jobs, guest)
    if not own:
        return Obstacle()
    removed = sorted(str(job.get("id")) for job in own if text(job.get("remove_job")))
    if removed:
        return Obstacle(anywhere=f"its replication job {', '.join(removed)} is being removed")
    targets = {str(job.get("target")) for job in own}
    words = f"it is replicated to {', '.join(sorted(targets))} only, and runs"
    return Obstacle(by_node={node: words for node in nodes if node not in targets})

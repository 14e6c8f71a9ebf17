# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes, or the whole cluster, are left alone while a backup runs; what has to be mended does not wait for it.

A job goes through the guests that its node had when it began, so that one that leaves is not saved at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_guest import NOWHERE
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Backup, Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

GUEST, NODE, CLUSTER = "guest", "node", "cluster"
SCOPES = (GUEST, NODE, CLUSTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRuns:
    """`closed` gives, by node, what runs there, or elsewhere."""

    closed: Mapping[str, str]
    name: str = "backup"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        if placement.purpose == MANDATORY:
            return None
        return self.closed.get(move.source) or self.closed.get(move.target)

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        if placement.purpose == MANDATORY:
            return among
        return NOWHERE if placement.node_of[vmid] in self.closed else among - self.closed.keys()


def build(given: Given) -> BackupRuns:
    """Option `backup_scope`."""
    return BackupRuns(closed=closed_by_backups(given.cluster, given.policy.backup_scope))


def closed_by_backups(cluster: Cluster, scope: str) -> dict[str, str]:
    """By node, why it is left alone. A single guest that is being saved is locked; its node goes on as ever."""
    if scope == CLUSTER and cluster.backups:
        running = _told(cluster.backups[0])
        return {node.name: running for node in cluster.nodes}
    jobs = [backup for backup in cluster.backups if backup.vmid is None]
    return {backup.node: _told(backup) for backup in jobs} if scope == NODE else {}


def _told(backup: Backup) -> str:
    what = "a backup job" if backup.vmid is None else f"a backup of guest {backup.vmid}"
    return f"{what} runs on {backup.node}"

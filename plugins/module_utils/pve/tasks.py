# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Tasks: who they move, and what their end means (pve-api 7)."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Backup
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, Rows, text, whole

MIGRATIONS = ("qmigrate", "vzmigrate", "hamigrate")
# Beginnings of what works on a guest. Consoles (vncproxy, spiceproxy, termproxy) do not hold it.
GUEST_TASKS = ("qm", "vz", "ha", "resize", "move_volume")
CLEAN = "OK"
UPID_TYPE = 5
UPID_COLONS = 8
REAL_MIGRATIONS = ("qmigrate", "vzmigrate")


def is_running(task: Row) -> bool:
    """Rows of a listing; those of tasks that ended carry their end."""
    return task.get("endtime") is None and task.get("status") in (None, "", "RUNNING", "running")


def is_success(exit_status: str) -> bool:
    return exit_status == CLEAN or exit_status.startswith("WARNINGS")


def is_upid(value: str) -> bool:
    """`UPID:node:pid:pstart:starttime:type:id:user:`."""
    return value.startswith("UPID:") and value.count(":") >= UPID_COLONS


def is_request(upid: str) -> bool:
    """True for the task that only asks the HA manager to move a guest."""
    return upid.split(":")[UPID_TYPE] == "hamigrate"


def migrating(tasks: Rows) -> Iterator[tuple[int, str, str]]:
    """(vmid, node where the task runs, UPID) of every migration that runs."""
    for task in tasks:
        vmid, node, upid = whole(task.get("id")), text(task.get("node")), text(task.get("upid"))
        if task.get("type") in MIGRATIONS and vmid is not None and node and upid and is_running(task):
            yield vmid, node, upid


def saving(tasks: Rows) -> tuple[Backup, ...]:
    """Backups that run; the task of a job that saves several guests names none of them (PVE::API2::VZDump)."""
    running = (task for task in tasks if task.get("type") == "vzdump" and is_running(task))
    named = {(text(task.get("node")), whole(task.get("id"))) for task in running}
    found = [Backup(node=node, vmid=vmid) for node, vmid in named if node]
    return tuple(sorted(found, key=lambda backup: (backup.node, backup.vmid or 0)))


def working(tasks: Rows) -> dict[int, str]:
    """Kinds of the tasks that run on guests, by vmid; migrations, and windows that show a guest, are none of them."""
    found: dict[int, str] = {}
    for task in tasks:
        vmid, kind = whole(task.get("id")), str(task.get("type"))
        if vmid is not None and is_running(task) and kind.startswith(GUEST_TASKS) and kind not in MIGRATIONS:
            found[vmid] = kind
    return found


def latest_migration(tasks: Rows, known: frozenset[str], types: tuple[str, ...] = MIGRATIONS) -> Row | None:
    """The newest migration among a guest's tasks that was not known before."""
    found = [task for task in tasks if task.get("type") in types and task.get("upid") not in known]
    return max(found, key=lambda task: (whole(task.get("starttime")) or 0, str(task.get("upid"))), default=None)

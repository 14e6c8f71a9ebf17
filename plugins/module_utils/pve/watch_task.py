# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Watch the task that moves a guest; when it cannot be read, watch the guest."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal, NodeUnreachable
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Ending, Flight
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.task_end import with_cause
from ansible_collections.pve.drs.plugins.module_utils.pve.tasks import CLEAN, is_success, latest_migration, migrating
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Rows, text

# After a start without an answer: how long a task may take to appear, in seconds.
APPEAR_SECONDS = 45.0
# A task that cannot be read, and a guest that shows no sign of moving: it is over after this many seconds.
QUIET_SECONDS = 20.0


def watch_task(api: Api, flight: Flight, now: float, options: ExecuteOptions) -> Ending | None:
    """How it ended, or None while it runs. Raises ApiError when the API says nothing at all."""
    if flight.upid is None:
        return _find(api, flight, now, options)
    try:
        status = api.task_status(flight.move.source, flight.upid)
    except ApiRefusal as refused:
        return _watch_guest(api, flight, now, refused, options)
    flight.last_heard = now
    if status.get("status") != "stopped":
        return None
    exit_status = str(status.get("exitstatus") or "no exit status")
    return ending_of(with_cause(api, flight.move.source, flight.upid, exit_status))


def ending_of(exit_status: str) -> Ending:
    """What the end of a task says; `WARNINGS: n` is a success (pve-api 7)."""
    if not is_success(exit_status):
        return Ending(problem=f"its task ended with: {exit_status}")
    return Ending(warnings=() if exit_status == CLEAN else (f"its task ended with {exit_status}",))


def _find(api: Api, flight: Flight, now: float, options: ExecuteOptions) -> Ending | None:
    """The answer to the start was lost: look for a task that was not there before."""
    try:
        tasks = api.guest_tasks(flight.move.source, flight.move.vmid)
    except NodeUnreachable as refused:
        if now - flight.began < APPEAR_SECONDS:
            return None
        if _is_online(api.resources(), flight.move.source):
            raise
        # Nothing is under way on a node without power; where the guest ended is seen in the listing.
        return _watch_guest(api, flight, now, refused, options)
    flight.last_heard = now
    task = latest_migration(tasks, flight.known)
    if task:
        flight.upid, flight.is_ha = text(task.get("upid")), task.get("type") == "hamigrate"
    elif now - flight.began >= APPEAR_SECONDS:
        return Ending(problem="the request to start it got no answer, and no task of it appeared")
    return None


def _watch_guest(api: Api, flight: Flight, now: float, refused: ApiRefusal, options: ExecuteOptions) -> Ending | None:
    """The task or its node has vanished; the guest has not."""
    resources = api.resources()
    row = next((row for row in resources if str(row.get("vmid")) == str(flight.move.vmid)), None)
    if row is None:
        return Ending(problem="it no longer exists")
    if row.get("node") == flight.move.target and not row.get("lock"):
        return Ending(warnings=(f"the end of its task could not be read ({refused.says})",))
    if not _is_online(resources, flight.move.source):
        return _with_dead_source(flight, now, options)
    if flight.move.vmid in [vmid for vmid, *_unused in migrating(api.cluster_tasks())]:
        flight.last_heard = now
        return None
    # A migration that was killed leaves its lock behind, and nobody takes it away.
    is_locked = row.get("lock") == "migrate"
    if now - flight.last_heard < (options.lost_seconds if is_locked else QUIET_SECONDS):
        return None
    behind = " and has left the lock migrate behind" if is_locked else ""
    return Ending(problem=f"its task has vanished{behind} ({refused.says})")


def _with_dead_source(flight: Flight, now: float, options: ExecuteOptions) -> Ending | None:
    """The HA manager may still bring the guest up elsewhere; nothing else will."""
    if now - flight.last_heard < options.lost_seconds:
        return None
    return Ending(problem=f"node {flight.move.source} went down while the guest was being moved")


def _is_online(resources: Rows, node: str) -> bool:
    return any(
        row.get("type") == "node" and row.get("node") == node and row.get("status") == "online" for row in resources
    )

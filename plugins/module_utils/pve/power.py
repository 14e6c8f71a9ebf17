# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Shut guests down and start them, and see to it that they are (pve-api 5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.pve.drs.plugins.module_utils.core.access.uses import SHUTDOWN as SHUTDOWN_USE
from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError, PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal, NodeUnreachable, Unanswered
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import access_of, mending
from ansible_collections.pve.drs.plugins.module_utils.pve.tasks import is_success
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, whole

POWER = "VM.PowerMgmt"
POLL_SECONDS = 2.0
# What the HA manager may take until it acts, beside the guest's own time: two rounds of CRM and LRM.
HA_SECONDS = 40.0
SHUTDOWN, START = "shutdown", "start"
STATUS = {SHUTDOWN: "stopped", START: "running"}


@dataclass(slots=True)
class Switching:
    """Guests on their way to another state: those that wait, with their tasks, and what went wrong, by vmid."""

    action: str
    waiting: dict[int, Guest]
    tasks: dict[int, str] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)

    def fail(self, vmid: int, why: str) -> None:
        self.problems[vmid] = why
        self.waiting.pop(vmid, None)


def require_power(permissions: Row, vmids: Iterable[int], who: str) -> None:
    """Raises PermissionMissing before anything was done."""
    access = access_of(permissions, who)
    missing = [f"/vms/{vmid}" for vmid in sorted(vmids) if not access.holds(POWER, f"/vms/{vmid}")]
    if missing:
        raise PermissionMissing(
            f"{who} lacks {POWER} on {', '.join(missing)}, which shutting down and starting takes; nothing was done; "
            f"{mending(permissions, SHUTDOWN_USE)}"
        )


def switch(around: Surroundings, action: str, guests: Sequence[Guest], seconds: float) -> Mapping[int, str]:
    """Shut down or start guests where they are; gives by vmid what went wrong, and nothing for those that obeyed.

    `seconds` is the time that a guest gets. A guest that does not obey is left alone: nobody pulls its plug.
    """
    switching = Switching(action, {guest.vmid: guest for guest in guests})
    for guest in guests:
        _ask(around.api, switching, guest, seconds)
    clock, stop = around.clock, around.stop
    patience = seconds + (HA_SECONDS if any(guest.is_ha for guest in guests) else POLL_SECONDS)
    until = clock.now() + patience
    while switching.waiting and clock.now() < until and not stop.requested:
        clock.sleep(POLL_SECONDS)
        _look(around.api, switching)
    why = f"stopped by {stop.requested}" if stop.requested else f"it was not {STATUS[action]} after {patience:.0f} s"
    return {**switching.problems, **dict.fromkeys(switching.waiting, why)}


def _ask(api: Api, switching: Switching, guest: Guest, seconds: float) -> None:
    """A request without an answer may have been carried out: then what the guest does tells."""
    params: Row = {"timeout": int(seconds)} if switching.action == SHUTDOWN else {}
    path = f"/nodes/{guest.node}/{guest.type}/{guest.vmid}"
    try:
        switching.tasks[guest.vmid] = api.power(path, switching.action, params)
    except (Unanswered, NodeUnreachable):
        return
    except ApiRefusal as refused:
        switching.fail(guest.vmid, f"Proxmox VE says: {refused.says}")


def _look(api: Api, switching: Switching) -> None:
    """A look that fails is no news."""
    try:
        rows = api.guest_resources()
    except ApiError:
        return
    now = {whole(row.get("vmid")): str(row.get("status")) for row in rows}
    for vmid, guest in list(switching.waiting.items()):
        if now.get(vmid) == STATUS[switching.action]:
            del switching.waiting[vmid]
        elif why := _failure(api, guest, switching.tasks.get(vmid)):
            switching.fail(vmid, why)


def _failure(api: Api, guest: Guest, upid: str | None) -> str | None:
    """How its task ended, when it ended badly; of a guest under HA the task is only the request."""
    if upid is None:
        return None
    try:
        status = api.task_status(guest.node, upid)
    except ApiError:
        return None
    ended = str(status.get("exitstatus") or "")
    return f"its task ended with: {ended}" if ended and not is_success(ended) else None

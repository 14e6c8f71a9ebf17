# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options of guests: written against what they hold at that moment, several guests side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, FAILED, SKIPPED
from ansible_collections.pve.drs.plugins.module_utils.core.model.settings import CORES, OPTIONS, Change, Values
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.ask import ask_all
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal, Unanswered
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, whole

MOST_ATTEMPTS = 3
STALE = "detected modified configuration"
ELSEWHERE = "does not exist"
LOCKED = "is locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How it went with one guest. `pending` are options that are in force only after it was off and on again.

    `is_unsure`: the answer to a writing request was lost.
    """

    vmid: int
    status: str
    reason: str = ""
    pending: tuple[str, ...] = ()
    is_unsure: bool = False


def read_settings(api: Api, guests: Sequence[Guest]) -> tuple[dict[int, Values], dict[int, str]]:
    """Options by vmid, and of guests that could not be read why. Raises AuthenticationFailed, NoHostAnswers."""
    calls = {guest.vmid: partial(api.guest_config, guest.node, guest.type, guest.vmid) for guest in guests}
    replies = ask_all(api, calls)
    found = {
        guest.vmid: settings_in(guest, replies.found[guest.vmid]) for guest in guests if guest.vmid in replies.found
    }
    return found, {vmid: str(error) for vmid, error in replies.failed.items()}


def settings_in(guest: Guest, config: Row) -> Values:
    """The texts of what is set, with the cores of a container."""
    options = (*OPTIONS[guest.type], CORES)
    return {option: str(config[option]) for option in options if config.get(option) is not None}


def write_settings(api: Api, todo: Sequence[tuple[Guest, Sequence[Change]]], stop: Stop) -> list[Written]:
    """Every guest on its own: what fails for one does not keep others from theirs."""
    return api.fan_out([partial(_write, api, guest, changes, stop) for guest, changes in todo])


def _write(api: Api, guest: Guest, changes: Sequence[Change], stop: Stop) -> Written:
    """An edit of somebody else in the same moment is looked at, and a guest that moved is looked for."""
    node, said = guest.node, ""
    for _unused in range(MOST_ATTEMPTS):
        if stop.requested:
            return Written(vmid=guest.vmid, status=FAILED, reason=f"the run ended early ({stop.requested})")
        try:
            return _try(api, guest, node, changes)
        except ApiRefusal as refused:
            said = refused.says
            if LOCKED in said:
                return Written(vmid=guest.vmid, status=SKIPPED, reason=said)
            node = _node_of(api, guest, node) if ELSEWHERE in said else node
            if STALE not in said and ELSEWHERE not in said:
                break
        except ApiError as error:
            return Written(vmid=guest.vmid, status=FAILED, reason=str(error), is_unsure=isinstance(error, Unanswered))
    return Written(vmid=guest.vmid, status=FAILED, reason=said)


def _try(api: Api, guest: Guest, node: str, changes: Sequence[Change]) -> Written:
    path = f"/nodes/{node}/{guest.type}/{guest.vmid}/config"
    config = api.guest_config(node, guest.type, guest.vmid)
    now = settings_in(guest, config)
    edited = [change for change in changes if now.get(change.option) not in (change.found, change.value)]
    if edited:
        told = ", ".join(f"{change.option} to {now.get(change.option, 'not set')}" for change in edited)
        return Written(vmid=guest.vmid, status=FAILED, reason=f"somebody else set {told} meanwhile; run again")
    api.change(path, {**_params(changes), "digest": config["digest"]})
    return _done(api, guest, node, changes)


def _params(changes: Sequence[Change]) -> dict[str, str]:
    unset = ",".join(change.option for change in changes if change.value is None)
    values = {change.option: change.value for change in changes if change.value is not None}
    return {**values, **({"delete": unset} if unset else {})}


def _done(api: Api, guest: Guest, node: str, changes: Sequence[Change]) -> Written:
    """Proxmox VE keeps what it cannot change in a running guest for the next start."""
    try:
        rows = api.guest_pending(node, guest.type, guest.vmid)
    except ApiError as error:
        return Written(vmid=guest.vmid, status=DONE, reason=f"it is not known whether that is in force yet: {error}")
    written = {change.option for change in changes}
    waiting = (row for row in rows if "pending" in row or row.get("delete"))
    return Written(
        vmid=guest.vmid,
        status=DONE,
        pending=tuple(str(row["key"]) for row in waiting if row.get("key") in written),
    )


def _node_of(api: Api, guest: Guest, node: str) -> str:
    """Where the guest is by now."""
    rows = api.guest_resources()
    return next((str(row["node"]) for row in rows if whole(row.get("vmid")) == guest.vmid), node)

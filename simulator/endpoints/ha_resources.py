# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""HA resources: list, add, change, remove, move (pve-api.md 6.5, 8.1)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from simulator.answers import failure
from simulator.table.formats import split_list
from simulator.world.ha_data import HaResource

from .call import Call, Handler, Row, digest_of

LOCK_TEXT = "cfs-lock 'domain-ha' error: no quorum!"
MIGRATED = "invalid parameter 'group': ha groups have been migrated to rules"
STATES = {"enabled": "started"}
KINDS = {"qemu": "vm", "lxc": "ct"}
DEFAULTS: dict[str, Any] = {
    "state": "started", "max_restart": 1, "max_relocate": 1, "failback": True, "group": None, "comment": "",
}  # fmt: skip


def require_lock(call: Call) -> None:
    """Writing HA configuration needs the cluster-wide lock."""
    if not call.world.is_quorate(call.node):
        raise failure(LOCK_TEXT)


def digest(call: Call) -> str:
    """Give the digest of the file of all resources."""
    return digest_of([[r.sid, r.given] for r in call.world.ha.resources.values()])


def full_sid(call: Call) -> str:
    """Complete a bare guest number to vm:100 or ct:100; raise for a kind that does not exist."""
    text = str(call.params["sid"])
    kind, colon, _unused = text.partition(":")
    if not colon:
        guest = call.world.guests.get(int(text))
        return guest.sid if guest else f"vm:{text}"
    if kind not in KINDS.values():
        raise failure(f"unknown section type '{kind}'")
    return text


def resources(call: Call) -> list[Row]:
    """List resources."""
    wanted = call.param("type")
    found = [r for r in call.world.ha.resources.values() if wanted in (None, r.kind)]
    return [_row(call, resource, with_errors=True) for resource in call.shuffled(found)]


def _row(call: Call, resource: HaResource, *, with_errors: bool) -> Row:
    """Only what was set by hand is told."""
    row: Row = {"sid": resource.sid, "type": resource.kind, "digest": digest(call), **resource.given}
    if with_errors and resource.group and resource.group not in call.world.ha.groups:
        row["errors"] = {"group": f"group '{resource.group}' does not exist"}
    return row


def resource_of(call: Call, prefix: str = "") -> HaResource:
    """Find the resource of the path."""
    sid = full_sid(call)
    if sid not in call.world.ha.resources:
        raise failure(f"{prefix}no such resource '{sid}'")
    return call.world.ha.resources[sid]


def resource(call: Call) -> Row:
    """Give one resource."""
    return _row(call, resource_of(call), with_errors=False)


def add(call: Call) -> None:
    """Put a guest under HA."""
    call.world.require_quorum(call.node)
    given = _given(call)
    call.world.ha.add_resource(HaResource(full_sid(call), given=given, **_fields(given)))


def _given(call: Call) -> dict[str, Any]:
    """Take the options from the request; groups exist only before PVE 9."""
    given = {key: value for key, value in call.params.items() if key in DEFAULTS}
    if call.is_nine and not call.world.ha.has_groups and "group" in given:
        raise failure(MIGRATED)
    if given.get("state") in STATES:
        given["state"] = STATES[given["state"]]
    return given


def _fields(given: dict[str, Any]) -> dict[str, Any]:
    """Turn options into the fields of a resource."""
    fields = DEFAULTS | given
    return fields | {"failback": bool(fields["failback"])}


def change(call: Call) -> None:
    """Change options of a resource; `delete` takes them back to their defaults."""
    call.world.require_quorum(call.node)
    _require_no_error(call, full_sid(call))
    found = resource_of(call, "update resources config failed: ")
    if call.param("digest", digest(call)) != digest(call):
        raise failure("update resources config failed: detected modified configuration - "
                      "file changed by other user? Try again.")  # fmt: skip
    found.given |= _given(call)
    for key in split_list(call.param("delete", "")):
        if key not in DEFAULTS:
            raise failure(f"update resources config failed: no such option '{key}'")
        found.given.pop(key, None)
    for name, value in _fields(found.given).items():
        setattr(found, name, value)


def _require_no_error(call: Call, sid: str) -> None:
    """A resource that failed must be disabled before anything else is asked of it."""
    service = call.world.ha.services.get(sid)
    if service and service.state == "error" and call.param("state") != "disabled":
        raise failure(f"service '{sid}' in error state, must be disabled and fixed first")


def remove(call: Call) -> None:
    """Take a guest out of HA and, unless told otherwise, out of the rules that name it."""
    call.world.require_quorum(call.node)
    sid = full_sid(call)
    call.world.ha.remove_resource(sid)
    if call.param("purge", 1) and call.is_nine:
        _purge(call, sid)


def _purge(call: Call, sid: str) -> None:
    """A rule left without another resource goes with it."""
    ha = call.world.ha
    kept = [replace(rule, sids=rule.sids - {sid}) for rule in ha.rules.rules]
    ha.use_rules(rule for rule in kept if rule.sids)


def move(how: str, call: Call) -> Row | None:
    """Ask the manager to move a resource; whether it does, shows later."""
    sid = full_sid(call)
    require_lock(call)
    _require_no_error(call, sid)
    return call.world.ha.request_move(sid, how, call.params["node"])


HANDLERS: dict[str, Handler] = {
    "GET /cluster/ha/resources": resources,
    "POST /cluster/ha/resources": add,
    "GET /cluster/ha/resources/{sid}": resource,
    "PUT /cluster/ha/resources/{sid}": change,
    "DELETE /cluster/ha/resources/{sid}": remove,
    "POST /cluster/ha/resources/{sid}/migrate": partial(move, "migrate"),
    "POST /cluster/ha/resources/{sid}/relocate": partial(move, "relocate"),
}

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Roles: sets of privileges by name (pve-api.md 2.2)."""

from __future__ import annotations

from simulator.answers import bad_parameters, failure
from simulator.table.formats import split_list

from .call import Call, Handler, Row, require_lock

RESERVED = "cannot use role ID starting with the (case-insensitive) 'PVE' namespace"


def roles(call: Call) -> list[Row]:
    """List roles with their privileges."""
    return [
        {"roleid": name, "privs": ",".join(sorted(held)), "special": int(name in call.access.builtin)}
        for name, held in sorted(call.access.roles.items())
    ]


def role(call: Call) -> Row:
    """Tell the privileges of one role."""
    return dict.fromkeys(_known(call), 1)


def _known(call: Call, what: str = "") -> frozenset[str]:
    name = call.params["roleid"]
    if name not in call.access.roles:
        raise failure(f"{what}role '{name}' does not exist")
    return call.access.roles[name]


def _own(call: Call, verb: str, what: str) -> frozenset[str]:
    """Give the privileges of a role that does not come with PVE."""
    if call.params["roleid"] in call.access.builtin:
        raise failure(f"auto-generated role '{call.params['roleid']}' cannot be {verb}")
    require_lock(call, what)
    return _known(call, f"{what}: ")


def _privileges(call: Call) -> frozenset[str]:
    """Check that this PVE knows all privileges: those of 8 and 9 differ."""
    wanted = split_list(call.param("privs", ""))
    for privilege in wanted:
        if privilege not in call.access.builtin["Administrator"]:
            raise bad_parameters({"privs": f"invalid format - invalid privilege '{privilege}'\n"})
    return frozenset(wanted)


def create(call: Call) -> None:
    """Make a role."""
    name, wanted = call.params["roleid"], _privileges(call)
    if name.upper().startswith("PVE"):
        raise bad_parameters({"roleid": RESERVED})
    require_lock(call, "create role failed")
    if name in call.access.roles:
        raise failure(f"create role failed: role '{name}' already exists")
    call.access.roles[name] = wanted


def change(call: Call) -> None:
    """Give a role other privileges, or more with `append`."""
    wanted = _privileges(call)
    before = _own(call, "modified", "update role failed")
    call.access.roles[call.params["roleid"]] = wanted | before if call.param("append") else wanted


def remove(call: Call) -> None:
    """Remove a role, and with it what the access control list says of it."""
    _own(call, "deleted", "delete role failed")
    del call.access.roles[call.params["roleid"]]
    call.access.forget(role=call.params["roleid"])


HANDLERS: dict[str, Handler] = {
    "GET /access/roles": roles,
    "POST /access/roles": create,
    "GET /access/roles/{roleid}": role,
    "PUT /access/roles/{roleid}": change,
    "DELETE /access/roles/{roleid}": remove,
}

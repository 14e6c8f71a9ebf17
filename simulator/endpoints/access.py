# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Logging in, and reading users, roles, the access control list and permissions (pve-api.md 2)."""

from __future__ import annotations

from simulator.answers import bad_parameters
from simulator.table.types import needs
from simulator.world.spec import User

from .call import Call, Handler, Row


def log_in(call: Call) -> Row:
    """Exchange a password for a ticket; the cluster's name is told to those who may audit it."""
    name = call.params["username"]
    realm = call.param("realm")
    answer: Row = call.login.log_in(name if "@" in name or not realm else f"{name}@{realm}", call.params["password"])
    user = answer["username"]
    answer["cap"] = call.login.capabilities(user)
    if call.access.has(user, "/", "Sys.Audit"):
        answer["clustername"] = call.world.name
    return answer


def ticket_dummy(_call: Call) -> None:
    """Answer nothing; only there for forms of browsers."""


def permissions(call: Call) -> Row:
    """Tell what the caller, or somebody else, holds on all or one of the paths."""
    subject = call.param("userid", call.subject)
    if subject not in call.access.users and subject not in call.access.tokens:
        raise bad_parameters({"userid": f"user '{subject}' does not exist"})
    if subject.partition("!")[0] != call.caller.user:
        call.access.require(call.subject, needs("/access", "Sys.Audit"), "/access")
    path = call.param("path")
    paths = call.access.paths(_pool_paths(call)) if path is None else [path]
    held = {one: {name: int(reach) for name, reach in call.access.held(subject, one).items()} for one in paths}
    return {one: privileges for one, privileges in held.items() if privileges or path is not None}


def _pool_paths(call: Call) -> list[str]:
    """Pools speak of themselves and of their members."""
    paths = []
    for pool in call.world.pools.values():
        paths += [f"/pool/{pool.name}"]
        paths += [f"/vms/{vmid}" for vmid in pool.vmids] + [f"/storage/{name}" for name in pool.storages]
    return paths


def users(call: Call) -> list[Row]:
    """List accounts; who may not audit them sees only the own one."""
    everything = call.may("/access/groups", "User.Modify") or call.may("/access/groups", "Sys.Audit")
    wanted = call.param("enabled")
    return [
        _user(call, user)
        for user in call.access.users.values()
        if (everything or user.userid == call.caller.user) and wanted in (None, int(user.is_enabled))
    ]


def _user(call: Call, user: User) -> Row:
    row: Row = {"userid": user.userid, "enable": int(user.is_enabled), "expire": 0}
    row["realm-type"] = user.userid.rpartition("@")[2]
    if user.comment:
        row["comment"] = user.comment
    if not call.param("full"):
        return row
    tokens = [
        {"tokenid": token.tokenid, "privsep": int(token.privilege_separation), "expire": 0}
        for token in call.access.tokens.values()
        if token.userid == user.userid
    ]
    return row | {"groups": ",".join(user.groups), "tokens": tokens}


def roles(call: Call) -> list[Row]:
    """List roles with their privileges."""
    return [
        {"roleid": name, "privs": ",".join(sorted(held)), "special": int(name in call.access.builtin)}
        for name, held in sorted(call.access.roles.items())
    ]


def acl(call: Call) -> list[Row]:
    """List the access control list; without rights on /access only nothing."""
    if not (call.may("/access", "Sys.Audit") or call.may("/access", "Permissions.Modify")):
        return []
    return [
        {"path": e.path, "type": e.kind, "ugid": e.subject, "roleid": e.role, "propagate": int(e.propagate)}
        for e in call.access.entries()
    ]


def index(_call: Call) -> list[Row]:
    """Name what lies below /access."""
    names = ("users", "groups", "roles", "acl", "domains", "openid", "tfa", "ticket", "permissions", "password")
    return [{"subdir": name} for name in names]


HANDLERS: dict[str, Handler] = {
    "GET /access": index,
    "GET /access/ticket": ticket_dummy,
    "POST /access/ticket": log_in,
    "GET /access/permissions": permissions,
    "GET /access/users": users,
    "GET /access/roles": roles,
    "GET /access/acl": acl,
}

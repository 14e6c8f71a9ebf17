# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Logging in, and reading users, roles, the access control list and permissions (pve-api.md 2)."""

from __future__ import annotations

from collections.abc import Container

from simulator.answers import bad_parameters, failure
from simulator.privileges import normal_path
from simulator.table.formats import split_list
from simulator.table.types import needs
from simulator.world.spec import AclEntry, User

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


def change_acl(call: Call) -> None:
    """Give roles on a path to users, groups or tokens, or take them away with `delete`."""
    path = normal_path(call.params["path"])
    if not path:
        raise bad_parameters({"path": f"invalid ACL path '{call.params['path']}'"})
    subjects = [(kind, name) for kind in ("user", "group", "token") for name in split_list(call.param(f"{kind}s", ""))]
    for role in split_list(call.params["roles"]):
        if role not in call.access.roles:
            raise failure(f"update ACL failed: role '{role}' does not exist")
        for kind, name in subjects:
            _require_subject(call, kind, name)
            entry = AclEntry(path, kind, name, role, bool(call.param("propagate", 1)))
            call.access.revoke(entry)
            if not call.param("delete"):
                call.access.grant(entry)


def _require_subject(call: Call, kind: str, name: str) -> None:
    known: dict[str, Container[str]] = {
        "user": call.access.users, "group": call.access.groups, "token": call.access.tokens,
    }  # fmt: skip
    if name not in known[kind]:
        raise failure(f"update ACL failed: {kind} '{name}' does not exist")


def groups(call: Call) -> list[Row]:
    """List groups with their members, to those who may see them."""
    if not (call.may("/access/groups", "Sys.Audit") or call.may("/access/groups", "Group.Allocate")):
        return []
    users = call.access.users.values()
    return [
        {"groupid": name, "users": ",".join(user.userid for user in users if name in user.groups)}
        for name in call.access.groups
    ]


def domains(_call: Call) -> list[Row]:
    """List the realms that every cluster has."""
    return [
        {"realm": "pam", "type": "pam", "comment": "Linux PAM standard authentication"},
        {"realm": "pve", "type": "pve", "comment": "Proxmox VE authentication server"},
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
    "PUT /access/acl": change_acl,
    "GET /access/groups": groups,
    "GET /access/domains": domains,
}

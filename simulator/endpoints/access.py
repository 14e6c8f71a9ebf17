# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Logging in, permissions, the access control list and groups (pve-api.md 2)."""

from __future__ import annotations

from collections.abc import Container

from simulator.access import may_grant
from simulator.answers import bad_parameters, failure
from simulator.privileges import normal_path
from simulator.table.formats import split_list
from simulator.table.types import needs
from simulator.world.spec import AclEntry

from .call import Call, Handler, Row, require_lock


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


def acl(call: Call) -> list[Row]:
    """List the access control list, or what the caller may change of it."""
    sees_all = call.may("/access", "Sys.Audit")
    return [
        {"path": e.path, "type": e.kind, "ugid": e.subject, "roleid": e.role, "propagate": int(e.propagate)}
        for e in call.access.entries()
        if sees_all or any(call.may(e.path, privilege) for privilege in may_grant(e.path).privileges)
    ]


def change_acl(call: Call) -> None:
    """Give roles on a path to users, groups or tokens, or take them away with `delete`."""
    path = _acl_path(call)
    require_lock(call, "ACL update failed")
    for role in split_list(call.params["roles"]):
        if role not in call.access.roles:
            raise failure(f"ACL update failed: role '{role}' does not exist")
        _require_superset(call, path, role)
        for kind in ("group", "user", "token"):
            for name in split_list(call.param(f"{kind}s", "")):
                _require_subject(call, kind, name)
                _change(call, AclEntry(path, kind, name, role, bool(call.param("propagate", 1))))


def _acl_path(call: Call) -> str:
    """Check the parameters that depend on each other."""
    if not any(call.param(name) for name in ("users", "groups", "tokens")):
        text = "either 'users', 'groups' or 'tokens' is required."
        raise bad_parameters(dict.fromkeys(("users", "groups", "tokens"), text))
    path = normal_path(call.params["path"])
    if not path:
        raise bad_parameters({"path": f"invalid ACL path '{call.params['path']}'"})
    return path


def _change(call: Call, entry: AclEntry) -> None:
    call.access.revoke(entry)
    if not call.param("delete"):
        call.access.grant(entry)


def _require_superset(call: Call, path: str, role: str) -> None:
    """Who may not change permissions in general only hands on what is held."""
    held = call.access.held(call.subject, path)
    if "Permissions.Modify" in held:
        return
    verb = "remove" if call.param("delete") else "add"
    if role == "NoAccess" or any(privilege not in held for privilege in call.access.roles[role]):
        text = f"Cannot {verb} role '{role}' - requires 'Permissions.Modify' or superset of privileges."
        raise bad_parameters({"role": text})


def _require_subject(call: Call, kind: str, name: str) -> None:
    known: dict[str, Container[str]] = {
        "user": call.access.users, "group": call.access.groups, "token": call.access.tokens,
    }  # fmt: skip
    if name in known[kind]:
        return
    user, mark, token = name.partition("!")
    if mark and user in call.access.users:
        raise failure(f"ACL update failed: no such token '{token}' for user '{user}'")
    if mark:
        raise failure(f"ACL update failed: no such user ('{user}')")
    raise failure(f"ACL update failed: {kind} '{name}' does not exist")


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
    "GET /access/acl": acl,
    "PUT /access/acl": change_acl,
    "GET /access/groups": groups,
    "GET /access/domains": domains,
}

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Users (pve-api.md 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulator.answers import failure
from simulator.table.formats import split_list
from simulator.world.spec import Token, User

from .call import Call, Handler, Row, require_lock

PARTICULARS = ("email", "firstname", "keys", "lastname")


def users(call: Call) -> list[Row]:
    """List accounts; who may not audit them sees only the own one."""
    everything = call.may("/access/groups", "User.Modify") or call.may("/access/groups", "Sys.Audit")
    wanted = call.param("enabled")
    return [
        _listed(call, user)
        for user in call.access.users.values()
        if (everything or user.userid == call.caller.user) and wanted in (None, int(user.is_enabled))
    ]


def _listed(call: Call, user: User) -> Row:
    row = _row(user) | {"userid": user.userid, "realm-type": user.userid.rpartition("@")[2]}
    if not call.param("full"):
        return row
    tokens = [{"tokenid": name, **token_row(token)} for name, token in call.access.tokens_of(user.userid).items()]
    return row | {"groups": ",".join(user.groups), "tokens": tokens}


def _row(user: User) -> Row:
    row: Row = {"enable": int(user.is_enabled), "expire": user.expires, **user.particulars}
    return row | {"comment": user.comment} if user.comment else row


def token_row(token: Token) -> Row:
    """Tell of a token all but its secret."""
    row: Row = {"privsep": int(token.privilege_separation), "expire": token.expires}
    return row | {"comment": token.comment} if token.comment else row


def user(call: Call) -> Row:
    """Tell of one account, with its groups and tokens."""
    found = known_user(call)
    tokens = {name: token_row(token) for name, token in call.access.tokens_of(found.userid).items()}
    return _row(found) | {"groups": list(found.groups), "tokens": tokens or None}


def known_user(call: Call, what: str = "") -> User:
    """Give the account that is named; 500 when there is none."""
    userid = call.params["userid"]
    if userid not in call.access.users:
        raise failure(f"{what}no such user ('{userid}')")
    return call.access.users[userid]


def create(call: Call) -> None:
    """Make an account; without a password it cannot log in, but its tokens can."""
    userid, what = call.params["userid"], "create user failed"
    require_lock(call, what)
    if userid in call.access.users:
        raise failure(f"{what}: user '{userid}' already exists")
    fresh = User(userid, call.param("password"))
    call.access.users[userid] = _changed(call, fresh, _groups(call, what) or ())


def change(call: Call) -> None:
    """Change what is sent of an account."""
    what = "update user failed"
    require_lock(call, what)
    found = known_user(call, f"{what}: ")
    named = _groups(call, what)
    groups = found.groups if named is None else named
    if call.param("append"):
        groups = tuple(dict.fromkeys((*found.groups, *groups)))
    call.access.users[found.userid] = _changed(call, found, groups)


def _groups(call: Call, what: str) -> tuple[str, ...] | None:
    """Give the groups that are sent; 500 for one that does not exist."""
    if call.param("groups") is None:
        return None
    names = tuple(split_list(call.params["groups"]))
    for name in names:
        if name not in call.access.groups:
            raise failure(f"{what}: no such group '{name}'")
    return names


def _changed(call: Call, user: User, groups: tuple[str, ...]) -> User:
    sent: dict[str, Any] = {name: call.params[name] for name in PARTICULARS if name in call.params}
    return replace(
        user,
        groups=groups,
        is_enabled=bool(call.param("enable", user.is_enabled)),
        expires=call.param("expire", user.expires),
        comment=call.param("comment", user.comment),
        particulars={**user.particulars, **sent},
    )


def remove(call: Call) -> None:
    """Remove an account with its tokens, and what the access control list says of them."""
    userid = call.params["userid"]
    require_lock(call, "delete user failed")
    for name in call.access.tokens_of(userid):
        del call.access.tokens[f"{userid}!{name}"]
        call.access.forget(subject=f"{userid}!{name}")
    call.access.users.pop(userid, None)
    call.access.forget(subject=userid)


HANDLERS: dict[str, Handler] = {
    "GET /access/users": users,
    "POST /access/users": create,
    "GET /access/users/{userid}": user,
    "PUT /access/users/{userid}": change,
    "DELETE /access/users/{userid}": remove,
}

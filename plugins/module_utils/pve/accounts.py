# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Roles, users, tokens and the access control list: read, and changed step by step (pve-api 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.access import steps as change
from ansible_collections.pve.drs.plugins.module_utils.core.access.accounts import OURS, Account, Accounts, Entry
from ansible_collections.pve.drs.plugins.module_utils.core.access.steps import Step
from ansible_collections.pve.drs.plugins.module_utils.core.errors import DrsError, PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import access_of
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Json, Row, flag, items, number

COMMENT = f"{OURS}: made by pve.drs.drs_access"
ROLES, USERS, ACL = "/access/roles", "/access/users", "/access/acl"
# What PVE asks of whoever makes each kind of change.
ASKED = {
    change.ADD_ROLE: ("Sys.Modify", "/access"),
    change.CHANGE_ROLE: ("Sys.Modify", "/access"),
    change.REMOVE_ROLE: ("Sys.Modify", "/access"),
    change.ADD_USER: ("Realm.AllocateUser", "/access/realm/{realm}"),
    change.REMOVE_USER: ("Realm.AllocateUser", "/access/realm/{realm}"),
    change.GRANT: ("Permissions.Modify", "/"),
    change.REVOKE: ("Permissions.Modify", "/"),
}
# Users and tokens are looked at and changed by those who rule over groups; privileges of others are told to auditors.
ALWAYS_ASKED = (("User.Modify", "/access/groups"), ("Sys.Audit", "/access"))

KeepSecret = Callable[[str], None]


def read_accounts(api: Api, userid: str, now: float) -> Accounts:
    """What there is, with one user; side by side, reads only. Raises ApiError."""
    roles, users, entries = api.fan_out([api.roles, api.users, api.access_list])
    return Accounts(
        roles={str(row.get("roleid")): frozenset(items(row.get("privs"))) for row in roles},
        builtin=frozenset(str(row.get("roleid")) for row in roles if flag(row.get("special"))),
        account=next((_account(row, now) for row in users if row.get("userid") == userid), None),
        entries=frozenset(map(_entry, entries)),
    )


def _account(row: Row, now: float) -> Account:
    expires = number(row.get("expire")) or 0.0
    return Account(
        comment=str(row.get("comment") or ""),
        is_valid=flag(row.get("enable", 1)) and not 0 < expires <= now,
        tokens={str(token.get("tokenid")): flag(token.get("privsep", 1)) for token in row.get("tokens") or ()},
    )


def _entry(row: Row) -> Entry:
    return Entry(
        path=str(row.get("path")),
        kind=str(row.get("type")),
        subject=str(row.get("ugid")),
        role=str(row.get("roleid")),
        reaches_below=flag(row.get("propagate", 1)),
    )


def require_administrator(permissions: Row, steps: Iterable[Step], who: str, userid: str) -> None:
    """Raises PermissionMissing before anything is changed. Without the right to see users, every user seems to be missing."""
    access, realm = access_of(permissions, who), userid.rpartition("@")[2]
    asked = [*ALWAYS_ASKED, *(ASKED[step.action] for step in steps if step.action in ASKED)]
    wanted = dict.fromkeys((privilege, path.format(realm=realm)) for privilege, path in asked)
    missing = [f"{privilege} on {path}" for privilege, path in wanted if not access.holds(privilege, path)]
    if missing:
        raise PermissionMissing(
            f"{who} lacks {', '.join(missing)}, which this takes; nothing was changed; "
            "log in as root@pam, or with a token that has the rights of an administrator"
        )


def carry_out(api: Api, steps: Iterable[Step], keep_secret: KeepSecret) -> tuple[tuple[Step, ...], str | None]:
    """Writes; gives what was done, and why it ended early. `keep_secret` gets the secret of a new token."""
    done: list[Step] = []
    for step in steps:
        try:
            _send(api, step, keep_secret)
        except DrsError as error:
            return tuple(done), f"{step}: {error}"
        done.append(step)
    return tuple(done), None


def _send(api: Api, step: Step, keep_secret: KeepSecret) -> None:
    user, _unused, name = step.name.partition("!")
    token_path, privileges = f"{USERS}/{user}/token/{name}", ",".join(sorted(step.privileges))
    senders: Mapping[str, Callable[[], None]] = {
        change.ADD_ROLE: partial(api.create, ROLES, {"roleid": step.name, "privs": privileges}),
        change.CHANGE_ROLE: partial(api.change, f"{ROLES}/{step.name}", {"privs": privileges}),
        change.REMOVE_ROLE: partial(api.remove, f"{ROLES}/{step.name}"),
        change.ADD_USER: partial(api.create, USERS, {"userid": user, "comment": COMMENT}),
        change.REMOVE_USER: partial(api.remove, f"{USERS}/{user}"),
        change.ADD_TOKEN: partial(_add_token, api, token_path, keep_secret),
        change.SEPARATE: partial(api.change, token_path, {"privsep": 1}),
        change.REMOVE_TOKEN: partial(api.remove, token_path),
        change.GRANT: partial(_change_list, api, step.entry, {}),
        change.REVOKE: partial(_change_list, api, step.entry, {"delete": 1}),
    }
    senders[step.action]()


def _add_token(api: Api, path: str, keep_secret: KeepSecret) -> None:
    """A token whose secret could not be kept would be of no use to anybody, so it is removed."""
    secret = api.create_token(path, {"privsep": 1, "comment": COMMENT})
    try:
        keep_secret(secret)
    except DrsError:
        api.remove(path)
        raise


def _change_list(api: Api, entry: Entry | None, more: Mapping[str, Json]) -> None:
    if entry is None:
        raise TypeError("a change of the access control list is about one of its lines")
    params = {"path": entry.path, "roles": entry.role, f"{entry.kind}s": entry.subject, **more}
    api.change(ACL, {**params, "propagate": int(entry.reaches_below)})

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Module drs_access: from options to what is returned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.access.accounts import Accounts
from ansible_collections.pve.drs.plugins.module_utils.core.access.standing import access_report
from ansible_collections.pve.drs.plugins.module_utils.core.access.steps import (
    CHANGE_ROLE,
    Step,
    Wish,
    applied,
    described,
    makes_secret,
    steps_to_grant,
    steps_to_remove,
)
from ansible_collections.pve.drs.plugins.module_utils.core.access.uses import USES
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.access import Access
from ansible_collections.pve.drs.plugins.module_utils.glue.connection_options import Params, connection_from
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result
from ansible_collections.pve.drs.plugins.module_utils.glue.secret_file import (
    OPTION,
    new_secret_file,
    remove_secret_file,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.accounts import (
    carry_out,
    read_accounts,
    require_administrator,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import SystemClock
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import access_of

# Stricter than PVE, which takes any user name without blanks, colons and slashes.
WHOLE_ID = r"[A-Za-z0-9._-]+@[A-Za-z][A-Za-z0-9._-]+![A-Za-z][A-Za-z0-9._-]+"
ROLE = r"(?!(?i:pve))[A-Za-z0-9._-]+"
ABSENT, ROOT = "absent", "root@pam"
PRIVILEGE = r"[A-Za-z]+(?:\.[A-Za-z]+)+"


def keep_access(params: Params, *, check_mode: bool) -> Result:
    """Module drs_access; check mode is the same without anything that writes."""
    wish, is_absent = wish_from(params), params["state"] == ABSENT
    with Client(connection_from(params)) as client:
        api = Api(client)
        _require_other_user(api, wish)
        found = read_accounts(api, wish.user, SystemClock().epoch())
        steps = steps_to_remove(found, wish) if is_absent else steps_to_grant(found, wish)
        require_administrator(api.permissions(), steps, client.connection.who, wish.user)
        path = _secret_path(params, wish, is_made=makes_secret(steps))
        done, failure = (steps, None) if check_mode else _carried_out(api, steps, path)
        is_told = not is_absent and not failure and not (check_mode and steps)
        uses = access_report(_access(api, wish), ())["uses"] if is_told else None
    return _result(params, Change(wish, found, done, uses, failure), check_mode=check_mode)


def wish_from(params: Params) -> Wish:
    """Raises BadPolicy for names that Proxmox VE would not take, or would take amiss."""
    _require_form("token", params["token"], WHOLE_ID, "write it as user@realm!name, such as drs@pve!balance")
    _require_form(
        "role",
        params["role"],
        ROLE,
        "it may hold letters, digits, dots, hyphens and underscores, and not begin with PVE",
    )
    for privilege in params["privileges"]:
        _require_form("privileges", privilege, PRIVILEGE, "a privilege is written as VM.Config.Disk")
    if params["state"] != ABSENT and not params["uses"]:
        raise BadPolicy(f"uses is empty: name what the token is for, of {', '.join(USES)}")
    return Wish(
        token=params["token"],
        role=params["role"],
        uses=tuple(params["uses"]),
        privileges=frozenset(params["privileges"]),
        is_new=params["regenerate"],
    )


def _require_form(option: str, given: str, form: str, hint: str) -> None:
    if not re.fullmatch(form, given):
        raise BadPolicy(f"{option}: {given!r} cannot be used; {hint}")


def _require_other_user(api: Api, wish: Wish) -> None:
    if wish.user == ROOT:
        raise BadPolicy(
            f"token: {wish.token} belongs to {ROOT}; name a user of its own, such as drs@pve, which is made then"
        )
    if wish.user == api.client.connection.user_name:
        raise BadPolicy(
            f"token: {wish.token} belongs to {wish.user}, who cannot give itself privileges; log in as {ROOT}"
        )


def _access(api: Api, wish: Wish) -> Access:
    return access_of(api.permissions_of(wish.token), wish.token)


def _secret_path(params: Params, wish: Wish, *, is_made: bool) -> str | None:
    """Where the secret is or will be. Raises BadPolicy before there is one that could not be kept."""
    path: str | None = params["secret_file"]
    if path and not Path(path).is_absolute():
        raise BadPolicy(f"{OPTION}: {path} is relative; give the whole path")
    if not is_made:
        return path
    if not path:
        raise BadPolicy(
            f"{OPTION} is missing: token {wish.token} is to be made, and Proxmox VE tells its secret only once; "
            "name a file that it is written to"
        )
    if Path(path).exists() and not wish.is_new:
        raise BadPolicy(
            f"{OPTION}: {path} exists, and may hold the secret of another token; move it away, or name another file"
        )
    return path


def _carried_out(api: Api, steps: Sequence[Step], path: str | None) -> tuple[Sequence[Step], str | None]:
    with ExitStack() as stack:
        keep = stack.enter_context(new_secret_file(path)) if path and makes_secret(steps) else _no_secret
        return carry_out(api, steps, keep)


def _no_secret(_secret: str) -> None:
    raise TypeError("there is no file for a secret")


@dataclass(frozen=True, slots=True)
class Change:
    """What was wanted, found and done, which uses are granted then as far as that can be told, and why it ended early."""

    wish: Wish
    found: Accounts
    steps: Sequence[Step]
    uses: dict[str, Any] | None
    failure: str | None


def _result(params: Params, told: Change, *, check_mode: bool) -> Result:
    wish, path = told.wish, params["secret_file"]
    is_over = params["state"] == ABSENT and bool(path) and not told.failure
    is_gone = is_over and remove_secret_file(path, pretend=check_mode)
    after = reduce(applied, told.steps, told.found)
    return Result(
        values={
            "changed": bool(told.steps) or is_gone,
            "changes": [str(step) for step in told.steps],
            "token": wish.token,
            "roles": {name: sorted(after.roles[name]) for name in (wish.role, wish.role_here) if name in after.roles},
            "secret_file": path if makes_secret(told.steps) else None,
            "uses": told.uses,
        },
        diff={"before": described(told.found, wish), "after": described(after, wish)},
        warnings=tuple(_warnings(params, told)),
        journal=tuple(map(str, () if check_mode else told.steps)),
        failure=f"{told.failure} ({len(told.steps)} changes were made before; run it again)" if told.failure else None,
    )


def _warnings(params: Params, told: Change) -> Iterator[str]:
    wish, path = told.wish, params["secret_file"]
    yield from _shared_roles(told)
    if params["state"] == ABSENT or told.failure:
        return
    if told.found.account and not told.found.account.is_valid:
        yield f"user {wish.user} is disabled or has expired, so that its tokens cannot log in"
    if path and not makes_secret(told.steps) and not Path(path).exists():
        yield (
            f"token {wish.token} was there already, and Proxmox VE does not tell its secret again, so {path} was not "
            "written; regenerate gives it another secret"
        )
    for use in wish.uses if told.uses else ():
        for lack in (told.uses or {})[use]["missing"]:
            yield f"{wish.token} still lacks {lack['privilege']} on {lack['path']}: the access control list takes it away there"


def _shared_roles(told: Change) -> Iterator[str]:
    """Whoever else holds a role gets and loses what it does."""
    for step in told.steps:
        holders = {one.subject for one in told.found.entries if one.role == step.name}
        others = sorted(holders - {told.wish.user, told.wish.token})
        if step.action == CHANGE_ROLE and others:
            yield f"role {step.name} is held by {', '.join(others)} as well, so that its privileges are theirs, too"

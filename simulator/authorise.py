# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Judges whether a caller may call a method, as the table asks for it (pve-api.md 1, 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .access import SUPERUSER, Access, may_grant
from .answers import ApiError, failure, forbidden
from .privileges import normal_path
from .table.formats import split_list
from .table.types import Permission, needs, needs_any
from .validate import as_text

GROUPS = "/access/groups"


def authorise(access: Access, subject: str, permission: Permission, given: Mapping[str, Any]) -> None:
    """Raise 403 unless the subject may; `given` are the parameters as they were sent."""
    if subject == SUPERUSER or permission.kind in ("all", "world"):
        return
    if permission.kind == "perm":
        path = _filled(permission.path, given)
        access.require(subject, permission, path)
    elif permission.kind == "perm-modify":
        _require_grant(access, subject, _filled(permission.path, given))
    elif permission.kind == "and":
        for part in permission.parts:
            authorise(access, subject, part, given)
    elif permission.kind == "or":
        if not any(_may(access, subject, part, given) for part in permission.parts):
            raise forbidden("Permission check failed")
    else:
        _about_user(access, subject, permission, given)


def _filled(template: str, given: Mapping[str, Any]) -> str:
    return re.sub(r"\{(\w+)\}", lambda brace: as_text(given.get(brace[1], "")), template)


def _require_grant(access: Access, subject: str, path: str) -> None:
    """A path on which no permission can stand inherits all the same; the handler refuses it then."""
    known = normal_path(path) or "/"
    access.require(subject, may_grant(known), known)


def _may(access: Access, subject: str, permission: Permission, given: Mapping[str, Any]) -> bool:
    try:
        authorise(access, subject, permission, given)
    except ApiError:
        return False
    return True


def _about_user(access: Access, subject: str, permission: Permission, given: Mapping[str, Any]) -> None:
    """Judge by the user that the request names."""
    userid = as_text(given.get("userid", ""))
    if permission.kind == "userid-group":
        _require_rule_over(access, subject, permission, given)
    elif permission.path == "self":
        _require_known(access, userid)
        if subject != userid:
            raise forbidden("Permission check failed")
    else:
        path = f"/access/realm/{userid.rpartition('@')[2]}"
        access.require(subject, needs(path, permission.path), path)


def _require_known(access: Access, userid: str) -> None:
    if userid not in access.users:
        raise failure(f"no such user ('{userid}')")


def _require_rule_over(access: Access, subject: str, permission: Permission, given: Mapping[str, Any]) -> None:
    """All groups, or else those that the request names, and one of those that the user is in."""
    userid = as_text(given.get("userid", ""))
    if permission.groups != "create":
        _require_known(access, userid)
    wanted = needs_any(GROUPS, *permission.privileges)
    if any(access.has(subject, GROUPS, privilege) for privilege in permission.privileges):
        return
    if permission.groups:
        named = split_list(as_text(given.get("groups", "")))
        for path in [f"{GROUPS}/{name}" for name in named] or [GROUPS]:
            access.require(subject, wanted, path)
    if permission.groups != "create":
        paths = [f"{GROUPS}/{name}" for name in access.users[userid].groups]
        if not any(access.has(subject, path, one) for path in paths for one in permission.privileges):
            raise forbidden("Permission check failed")

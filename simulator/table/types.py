# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The vocabulary of the API table: parameters, permissions and methods."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

PROFILES = ("8.4", "9.0", "9.2")


def covers(since: str, until: str, profile: str) -> bool:
    """Say whether something that exists from `since` up to and including `until` exists in this profile."""
    return PROFILES.index(since) <= PROFILES.index(profile) <= PROFILES.index(until)


@dataclass(frozen=True)
class Param:
    """One parameter of a method, in the words of the schema (minimum, maximum and lengths are inclusive)."""

    name: str
    type: str = "string"
    optional: bool = False
    enum: tuple[str, ...] = ()
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    format: str | None = None
    keys: tuple[Param, ...] = ()
    default_key: str | None = None
    requires: str | None = None
    since: str = PROFILES[0]
    until: str = PROFILES[-1]

    def matches(self, name: str) -> bool:
        """Say whether a given name is this parameter; `scsi[n]` stands for scsi0, scsi1 and so on."""
        if not self.name.endswith("[n]"):
            return name == self.name
        return re.fullmatch(re.escape(self.name[:-3]) + r"\d+", name) is not None


@dataclass(frozen=True)
class Permission:
    """Who may call: `world`, `all` who are logged in, holders of privileges (`perm`) or who may grant (`perm-modify`).

    `userid-param` is about the user that is named: whether it is the caller `self`, or who may make users of its realm.
    `userid-group` asks who rules over that user's groups, or over the groups that are named (`groups`: create, update).
    `and` and `or` join `parts`.
    """

    kind: str = "all"
    path: str = ""
    privileges: tuple[str, ...] = ()
    any_of_them: bool = False
    groups: str = ""
    parts: tuple[Permission, ...] = ()


MODIFY = Permission("perm-modify", "{path}")
ITSELF = Permission("userid-param", "self")
MAKES_USERS = Permission("userid-param", "Realm.AllocateUser")
WORLD = Permission("world")
EVERYONE = Permission("all")


def needs(path: str, *privileges: str) -> Permission:
    """Ask for all these privileges on the path."""
    return Permission("perm", path, privileges)


def needs_any(path: str, *privileges: str) -> Permission:
    """Ask for at least one of these privileges on the path."""
    return Permission("perm", path, privileges, any_of_them=True)


def rules_over_user(*privileges: str, groups: str = "") -> Permission:
    """Ask for any of these privileges on all groups, or on one of the user's."""
    return Permission("userid-group", privileges=privileges, groups=groups)


def both(*parts: Permission) -> Permission:
    """Ask for all of these."""
    return Permission("and", parts=parts)


def either(*parts: Permission) -> Permission:
    """Ask for one of these."""
    return Permission("or", parts=parts)


@dataclass(frozen=True)
class Method:
    """One path with one HTTP method, as declared to clients."""

    verb: str
    path: str
    params: tuple[Param, ...] = ()
    permission: Permission = EVERYONE
    proxied: bool = False
    protected: bool = False
    allows_token: bool = True
    branches: dict[str, tuple[Param, ...]] = field(default_factory=dict)
    since: str = PROFILES[0]
    until: str = PROFILES[-1]

    @property
    def key(self) -> str:
        """Name the method as `GET /nodes/{node}`."""
        return f"{self.verb} {self.path}"

    def exists_in(self, profile: str) -> bool:
        """Say whether this profile serves the method."""
        return covers(self.since, self.until, profile)

    def params_for(self, profile: str) -> tuple[Param, ...]:
        """List the parameters known in this profile."""
        return tuple(p for p in self.params if covers(p.since, p.until, profile))


def optional(param: Param) -> Param:
    """Give the same parameter, not required."""
    return replace(param, optional=True)


def get(path: str, *params: Param, **traits: Any) -> Method:
    """Declare a reading method."""
    return Method("GET", path, params, **traits)


def post(path: str, *params: Param, **traits: Any) -> Method:
    """Declare a creating or acting method (run by the root daemon)."""
    return Method("POST", path, params, protected=True, **traits)


def put(path: str, *params: Param, **traits: Any) -> Method:
    """Declare a changing method (run by the root daemon)."""
    return Method("PUT", path, params, protected=True, **traits)


def delete(path: str, *params: Param, **traits: Any) -> Method:
    """Declare a removing method (run by the root daemon)."""
    return Method("DELETE", path, params, protected=True, **traits)

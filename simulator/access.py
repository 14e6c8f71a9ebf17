# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Users, tokens, roles and the access control list: who holds which privilege where (pve-api.md 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from .answers import forbidden
from .privileges import builtin_roles, normal_path
from .table.types import Permission

BASE_PATHS = ("/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms")
EVERYWHERE = "root@pam"

# privilege -> does it reach below the path
Held = dict[str, bool]


@dataclass(frozen=True)
class Token:
    """An API token; with `separate` it holds only what both its user and the token itself were given."""

    name: str
    secret: str = field(repr=False)
    separate: bool = True
    comment: str = ""


@dataclass(frozen=True)
class User:
    """One account."""

    name: str
    password: str = field(default="", repr=False)
    enabled: bool = True
    tokens: Mapping[str, Token] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True)
class Grant:
    """One line of the access control list; `subject` is a user or a full token id."""

    path: str
    subject: str
    role: str
    propagate: bool = True


class Access:
    """Answers which privileges a subject holds on a path."""

    def __init__(
        self,
        profile: str,
        users: Iterable[User],
        grants: Iterable[Grant],
        roles: Mapping[str, Iterable[str]],
        pools_of: Callable[[str], Iterable[str]],
    ) -> None:
        """`pools_of` names the pools that a path such as /vms/100 belongs to."""
        self.users = {user.name: user for user in users}
        self.roles = builtin_roles(profile) | {name: frozenset(held) for name, held in roles.items()}
        self.grants: list[Grant] = []
        self.version = 0
        self._pools_of = pools_of
        self._at: dict[str, list[Grant]] = {}
        for grant in grants:
            self.grant(grant)

    def grant(self, grant: Grant) -> None:
        """Add a line to the access control list."""
        self.grants.append(grant)
        self._at.setdefault(grant.path, []).append(grant)
        self.version += 1

    def revoke(self, path: str, subject: str) -> None:
        """Take away all that a subject was given on exactly this path."""
        self.grants = [g for g in self.grants if (g.path, g.subject) != (path, subject)]
        self._at = {}
        for grant in self.grants:
            self._at.setdefault(grant.path, []).append(grant)
        self.version += 1

    def held(self, subject: str, path: str) -> Held:
        """List what a user or a token (`user@realm!name`) may do on a path."""
        user, _, token_name = subject.partition("!")
        if not token_name:
            return self._of_subject(user, path)
        token = self.users[user].tokens[token_name]
        if not token.separate:
            return self._of_subject(user, path)
        return _both(self._of_subject(user, path), self._of_subject(subject, path))

    def has(self, subject: str, path: str, privilege: str) -> bool:
        """Say whether the subject holds the privilege on the path."""
        return privilege in self.held(subject, path)

    def require(self, subject: str, permission: Permission, path: str) -> None:
        """Raise 403 with the text of the real daemons unless the permission is given."""
        known = normal_path(path)
        held: Iterable[str] = self.held(subject, known) if known else ()
        wanted = permission.privileges
        enough = any(p in held for p in wanted) if permission.any_of_them else all(p in held for p in wanted)
        if not enough:
            raise forbidden(f"Permission check failed ({known}, {'|'.join(wanted)})")

    def paths(self, extra: Iterable[str] = ()) -> list[str]:
        """List the paths of which /access/permissions speaks."""
        return sorted({*BASE_PATHS, *self._at, *extra})

    def _of_subject(self, subject: str, path: str) -> Held:
        """Collect the roles of exactly this subject, those of the pools of the path included."""
        if subject == EVERYWHERE:
            return dict.fromkeys(self.roles["Administrator"], True)
        roles = self._roles_on(subject, path)
        if "NoAccess" in roles:
            return {}
        for pool in self._pools_of(path):
            inherited = self._roles_on(subject, f"/pool/{pool}")
            if "NoAccess" not in inherited:
                roles |= {role: False for role in inherited if role not in roles}
        return self._expand(roles)

    def _roles_on(self, subject: str, path: str) -> dict[str, bool]:
        """Walk from / down: a deeper entry replaces all that was inherited from above."""
        roles: dict[str, bool] = {}
        for level in _levels(path):
            mine = [g for g in self._at.get(level, ()) if g.subject == subject and (g.propagate or level == path)]
            if mine:
                roles = {g.role: g.propagate for g in mine}
        return roles

    def _expand(self, roles: Mapping[str, bool]) -> Held:
        """Turn roles into privileges; one propagating role is enough for a privilege to reach below."""
        held: Held = {}
        for role, propagate in roles.items():
            for privilege in self.roles.get(role, ()):
                held[privilege] = held.get(privilege, False) or propagate
        return held


def _levels(path: str) -> list[str]:
    """List a path and all above it, from / down."""
    parts = [part for part in path.split("/") if part]
    return ["/"] + ["/" + "/".join(parts[: depth + 1]) for depth in range(len(parts))]


def _both(user: Held, token: Held) -> Held:
    """Keep what both hold; it reaches below only where both do."""
    return {privilege: user[privilege] and token[privilege] for privilege in user.keys() & token.keys()}

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Users, tokens, roles and the access control list: who holds which privilege where (pve-api.md 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from .answers import forbidden
from .privileges import builtin_roles, normal_path
from .table.types import Permission, needs_any
from .world.spec import Access as AccessData
from .world.spec import AclEntry, Token, User

BASE_PATHS = ("/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms")
GRANTORS = {"/storage/": "Datastore.Allocate", "/vms/": "VM.Allocate", "/pool/": "Pool.Allocate"}
SUPERUSER = "root@pam"

# privilege -> does it reach below the path
Held = dict[str, bool]


class Access:
    """Answers which privileges a subject (user, or token `user@realm!name`) holds on a path."""

    def __init__(self, profile: str, data: AccessData, pools_of: Callable[[str], Iterable[str]]) -> None:
        """`pools_of` names the pools that a path such as /vms/100 belongs to."""
        self.users: dict[str, User] = {SUPERUSER: User(SUPERUSER)} | {user.userid: user for user in data.users}
        self.tokens: dict[str, Token] = {f"{token.userid}!{token.tokenid}": token for token in data.tokens}
        self.groups = data.groups
        self.builtin = builtin_roles(profile)
        self.roles = self.builtin | {name: frozenset(held) for name, held in data.roles.items()}
        self._pools_of = pools_of
        self._at: dict[str, list[AclEntry]] = {}
        for entry in data.acl:
            self._at.setdefault(entry.path, []).append(entry)

    def entries(self) -> list[AclEntry]:
        """List the access control list."""
        return [entry for entries in self._at.values() for entry in entries]

    def grant(self, entry: AclEntry) -> None:
        """Add a line to the access control list."""
        self._at.setdefault(entry.path, []).append(entry)

    def revoke(self, entry: AclEntry) -> None:
        """Take a role of a subject away from exactly this path."""
        gone = (entry.kind, entry.subject, entry.role)
        kept = [one for one in self._at.pop(entry.path, ()) if (one.kind, one.subject, one.role) != gone]
        if kept:
            self._at[entry.path] = kept

    def forget(self, **gone: str) -> None:
        """Drop what the list says of a subject or role (`subject=`, `role=`) that is no more."""
        for path, entries in list(self._at.items()):
            kept = [one for one in entries if all(getattr(one, name) != value for name, value in gone.items())]
            self._at[path] = kept
            if not kept:
                del self._at[path]

    def tokens_of(self, userid: str) -> dict[str, Token]:
        """List the tokens of a user by their short names."""
        return {token.tokenid: token for token in self.tokens.values() if token.userid == userid}

    def held(self, subject: str, path: str) -> Held:
        """List what a subject may do on a path."""
        user, _unused, token_name = subject.partition("!")
        if token_name and self.tokens[subject].privilege_separation:
            return _both(self._of_subject(user, path), self._of_subject(subject, path))
        return self._of_subject(user, path)

    def has(self, subject: str, path: str, privilege: str) -> bool:
        """Say whether the subject holds the privilege on the path."""
        return privilege in self.held(subject, path)

    def judge_below(self, subject: str, parent: str, privilege: str) -> Callable[[object], bool]:
        """Give a quick judge for many names below a parent, such as all guests below /vms."""
        inherited = self.has(subject, f"{parent}/-", privilege)
        if not any(path.startswith((f"{parent}/", "/pool")) for path in self._at):
            return lambda _name: inherited

        def judge(name: object) -> bool:
            path = f"{parent}/{name}"
            is_special = path in self._at or any(self._pools_of(path))
            return self.has(subject, path, privilege) if is_special else inherited

        return judge

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
        if subject == SUPERUSER:
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
            entries = [e for e in self._at.get(level, ()) if e.propagate or level == path]
            mine = [e for e in entries if e.subject == subject and e.kind != "group"]
            mine = mine or [e for e in entries if e.kind == "group" and e.subject in self._groups_of(subject)]
            if mine:
                roles = {e.role: e.propagate for e in mine}
        return roles

    def _groups_of(self, subject: str) -> tuple[str, ...]:
        """Tokens belong to no group."""
        return self.users[subject].groups if subject in self.users else ()

    def _expand(self, roles: Mapping[str, bool]) -> Held:
        """Turn roles into privileges; one propagating role is enough for a privilege to reach below."""
        held: Held = {}
        for role, propagate in roles.items():
            for privilege in self.roles.get(role, ()):
                held[privilege] = held.get(privilege, False) or propagate
        return held


def may_grant(path: str) -> Permission:
    """Ask for what it takes to change the access control list of a path."""
    return needs_any(path, "Permissions.Modify", *(held for start, held in GRANTORS.items() if path.startswith(start)))


def _levels(path: str) -> list[str]:
    """List a path and all above it, from / down."""
    parts = [part for part in path.split("/") if part]
    return ["/"] + ["/" + "/".join(parts[: depth + 1]) for depth in range(len(parts))]


def _both(user: Held, token: Held) -> Held:
    """Keep what both hold; it reaches below only where both do."""
    return {privilege: user[privilege] and token[privilege] for privilege in user.keys() & token.keys()}

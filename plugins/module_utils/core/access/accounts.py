# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Roles, users, tokens and the access control list, as far as they concern one user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

USER, TOKEN = "user", "token"
# How the comment of a user that we made begins: nobody else's is ever removed.
OURS = "pve.drs"


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Entry:
    """A line of the access control list: a role for a user or token on a path."""

    path: str
    subject: str
    role: str
    kind: str = USER
    reaches_below: bool = True

    @property
    def key(self) -> tuple[str, str, str]:
        """The list holds one line for each of these."""
        return self.path, self.subject, self.role

    def __str__(self) -> str:
        reach = "" if self.reaches_below else " alone, and not below it"
        return f"{self.kind} {self.subject} is {self.role} on {self.path}{reach}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user, and whether each of its tokens has privileges of its own (privilege separation)."""

    comment: str = ""
    is_valid: bool = True
    tokens: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """`roles` are privileges by name, `builtin` the names of those that come with PVE; `account` is None without the user."""

    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    builtin: frozenset[str] = frozenset()
    account: Account | None = None
    entries: frozenset[Entry] = frozenset()

    def separates(self, full: str) -> bool | None:
        """Whether a token has privileges of its own; None when there is no such token."""
        return self.account.tokens.get(name_of(full)) if self.account else None

    def with_role(self, name: str, privileges: frozenset[str] | None) -> Accounts:
        """With a role, or without it and all that the list says of it."""
        others = {role: held for role, held in self.roles.items() if role != name}
        if privileges is not None:
            return replace(self, roles={**others, name: privileges})
        return replace(self, roles=others, entries=frozenset(one for one in self.entries if one.role != name))

    def with_token(self, full: str, *, is_separate: bool) -> Accounts:
        """With a token, of a user that is there."""
        account = self.account or Account()
        return replace(self, account=replace(account, tokens={**account.tokens, name_of(full): is_separate}))

    def without_token(self, full: str) -> Accounts:
        """Without a token and all that the list says of it."""
        account = self.account or Account()
        others = {name: separate for name, separate in account.tokens.items() if name != name_of(full)}
        return replace(self, account=replace(account, tokens=others), entries=self._without(full))

    def _without(self, subject: str) -> frozenset[Entry]:
        return frozenset(one for one in self.entries if one.subject != subject)


def name_of(full: str) -> str:
    """The short name of a token, as in balance of drs@pve!balance."""
    return full.rpartition("!")[2]

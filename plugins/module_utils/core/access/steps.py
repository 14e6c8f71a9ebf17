# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What has to be done so that a user and its token may do what is wanted, one change after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.access.accounts import (
    OURS,
    TOKEN,
    USER,
    Account,
    Accounts,
    Entry,
)
from ansible_collections.pve.drs.plugins.module_utils.core.access.uses import needs_of_uses
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy

ADD_ROLE, CHANGE_ROLE, ADD_USER, ADD_TOKEN = "add role", "change role", "add user", "add token"
SEPARATE, GRANT = "separate token", "grant"
REVOKE, REMOVE_TOKEN, REMOVE_ROLE, REMOVE_USER = "revoke", "remove token", "remove role", "remove user"
ROOT = "/"
# The role for what is used on / alone: below it, this would open consoles of nodes.
HERE = "-HA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What `token` (user@realm!name) is for; `privileges` are those beyond the ones of `uses`.

    With `is_new` a token that is there gets another secret.
    """

    token: str
    role: str
    uses: tuple[str, ...] = ()
    privileges: frozenset[str] = frozenset()
    is_new: bool = False

    @property
    def user(self) -> str:
        return self.token.rpartition("!")[0]

    @property
    def role_here(self) -> str:
        """Name of the role that is not passed on below /."""
        return f"{self.role}{HERE}"

    @property
    def roles(self) -> dict[str, frozenset[str]]:
        """Privileges by role; a role without privileges is not made."""
        needs = needs_of_uses(self.uses)
        below = frozenset(need.privilege for need in needs if need.reaches_below) | self.privileges
        here = frozenset(need.privilege for need in needs) - below
        return {name: held for name, held in ((self.role, below), (self.role_here, here)) if held}

    @property
    def entries(self) -> frozenset[Entry]:
        """Both the user and the token hold every role: a token holds only what both hold."""
        return frozenset(
            Entry(path=ROOT, subject=subject, role=role, kind=kind, reaches_below=role == self.role)
            for role in self.roles
            for kind, subject in ((USER, self.user), (TOKEN, self.token))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change; `name` is a role, user or token."""

    action: str
    name: str = ""
    privileges: frozenset[str] = frozenset()
    entry: Entry | None = None

    def __str__(self) -> str:
        if self.entry:
            return f"{self.action}: {self.entry}"
        return f"{self.action} {self.name}" + (f": {', '.join(sorted(self.privileges))}" if self.privileges else "")


def steps_to_grant(found: Accounts, wish: Wish) -> tuple[Step, ...]:
    """Raises BadPolicy for roles that cannot be changed, and privileges that this PVE does not know."""
    _require_possible(found, wish)
    steps = [
        Step(action=CHANGE_ROLE if name in found.roles else ADD_ROLE, name=name, privileges=held)
        for name, held in wish.roles.items()
        if found.roles.get(name) != held
    ]
    if not found.account:
        steps.append(Step(action=ADD_USER, name=wish.user))
    steps += _token_steps(found, wish)
    unwanted, kept = _unwanted(found, wish), _after(found, steps).entries
    # What somebody else granted to a token goes with its old secret, and comes back with the new one.
    wanted = wish.entries | (found.entries - kept - unwanted)
    steps += [Step(action=GRANT, entry=entry) for entry in sorted(wanted - kept)]
    steps += [Step(action=REVOKE, entry=entry) for entry in sorted(unwanted & kept)]
    if _after(found, steps).separates(wish.token) is False:
        steps.append(Step(action=SEPARATE, name=wish.token))
    return (*steps, *_removed_roles(_after(found, steps), {wish.role, wish.role_here} - wish.roles.keys()))


def makes_secret(steps: Iterable[Step]) -> bool:
    """True when the secret of a token will have to be kept."""
    return any(step.action == ADD_TOKEN for step in steps)


def _token_steps(found: Accounts, wish: Wish) -> list[Step]:
    """PVE tells a secret only once; another one takes another token of the same name."""
    has_token = found.separates(wish.token) is not None
    gone = [Step(action=REMOVE_TOKEN, name=wish.token)] if has_token and wish.is_new else []
    return [*gone, Step(action=ADD_TOKEN, name=wish.token)] if gone or not has_token else []


def _require_possible(found: Accounts, wish: Wish) -> None:
    for name in wish.roles:
        if name in found.builtin:
            raise BadPolicy(f"role {name} comes with Proxmox VE and cannot be changed; name another one with role")
    known = found.roles.get("Administrator", frozenset())
    unknown = sorted(frozenset().union(*wish.roles.values()) - known)
    if unknown:
        raise BadPolicy(f"this cluster knows no privilege {', '.join(unknown)}; those of Proxmox VE 8 and 9 differ")


def _unwanted(found: Accounts, wish: Wish) -> frozenset[Entry]:
    """Lines about our roles that are not wanted and would not be replaced either."""
    wanted, ours = {entry.key for entry in wish.entries}, {wish.role, wish.role_here}
    of_user = ours - _drawn_by_others(found, wish)
    return frozenset(
        entry
        for entry in found.entries
        if entry.key not in wanted
        and (
            (entry.subject == wish.token and entry.role in ours)
            or (entry.subject == wish.user and entry.role in of_user)
        )
    )


def _drawn_by_others(found: Accounts, wish: Wish) -> set[str]:
    """Roles that other tokens of the user hold: these hold no more of them than the user does."""
    others = (entry for entry in found.entries if entry.subject.startswith(f"{wish.user}!"))
    return {entry.role for entry in others if entry.subject != wish.token}


def _removed_roles(found: Accounts, names: Iterable[str]) -> Iterator[Step]:
    """Roles that nobody holds any more."""
    in_use = {entry.role for entry in found.entries}
    return (
        Step(action=REMOVE_ROLE, name=name)
        for name in sorted(names)
        if name in found.roles and name not in in_use and name not in found.builtin
    )


def steps_to_remove(found: Accounts, wish: Wish) -> tuple[Step, ...]:
    """The token with its grants; roles that nobody else holds; the user when it is ours and has nothing else."""
    steps = [Step(action=REMOVE_TOKEN, name=wish.token)] if found.separates(wish.token) is not None else []
    left = _after(found, steps)
    steps += [Step(action=REVOKE, entry=entry) for entry in sorted(_needless(left, wish))]
    steps += _removed_roles(_after(found, steps), {wish.role, wish.role_here})
    left = _after(found, steps)
    has_more = any(entry.subject == wish.user for entry in left.entries)
    if left.account and left.account.comment.startswith(OURS) and not left.account.tokens and not has_more:
        steps.append(Step(action=REMOVE_USER, name=wish.user))
    return tuple(steps)


def _needless(left: Accounts, wish: Wish) -> Iterator[Entry]:
    """Grants to the user that none of its other tokens draws on."""
    tokens = left.account.tokens if left.account else {}
    if not all(tokens.values()):
        return
    needless = {wish.role, wish.role_here} - _drawn_by_others(left, wish)
    yield from (entry for entry in left.entries if entry.subject == wish.user and entry.role in needless)


def _after(found: Accounts, steps: Iterable[Step]) -> Accounts:
    for step in steps:
        found = applied(found, step)
    return found


def applied(found: Accounts, step: Step) -> Accounts:
    """What there is once the step is done."""
    if step.entry:
        others = frozenset(one for one in found.entries if one.key != step.entry.key)
        return replace(found, entries=others | {step.entry} if step.action == GRANT else others)
    if step.action in (ADD_ROLE, CHANGE_ROLE, REMOVE_ROLE):
        return found.with_role(step.name, None if step.action == REMOVE_ROLE else step.privileges)
    if step.action in (ADD_TOKEN, SEPARATE):
        return found.with_token(step.name, is_separate=True)
    if step.action == REMOVE_TOKEN:
        return found.without_token(step.name)
    return replace(found, account=Account(comment=OURS) if step.action == ADD_USER else None)


def described(found: Accounts, wish: Wish) -> str:
    """What there is of what the wish is about, for a diff."""
    lines = [
        f"role {name}: {', '.join(sorted(found.roles[name]))}"
        for name in (wish.role, wish.role_here)
        if name in found.roles
    ]
    if found.account:
        lines.append(f"user {wish.user}")
    if (is_separate := found.separates(wish.token)) is not None:
        lines.append(f"token {wish.token}" + ("" if is_separate else ", with all privileges of its user"))
    lines += [str(entry) for entry in sorted(found.entries) if entry.subject in (wish.user, wish.token)]
    return "".join(f"{line}\n" for line in lines)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Users, tokens, roles and the access list of a scenario file."""

from __future__ import annotations

from .reading import ScenarioError, Section, text, texts, yes_or_no
from .world.spec import Access, AclEntry, Token, User


def read_access(top: Section) -> Access:
    """All that a scenario says about who may do what."""
    return Access(
        users=tuple(_user(name, row) for name, row in top.sections("users")),
        groups=top.take("groups", texts, ()),
        tokens=tuple(_token(name, row) for name, row in top.sections("tokens")),
        roles={name: texts(privileges) for name, privileges in top.section("roles").rest().items()},
        acl=tuple(_entry(row) for row in top.items("acl")),
    )


def _user(name: str, section: Section) -> User:
    if "@" not in name:
        raise ScenarioError(f"{section.place}: a user is written name@realm")
    user = User(
        userid=name,
        password=section.take("password", text, None),
        is_enabled=section.take("enabled", yes_or_no, default=True),
        groups=section.take("groups", texts, ()),
        comment=section.take("comment", text, ""),
    )
    section.done()
    return user


def _token(name: str, section: Section) -> Token:
    userid, mark, tokenid = name.partition("!")
    if not mark or "@" not in userid:
        raise ScenarioError(f"{section.place}: a token is written name@realm!token")
    token = Token(
        userid=userid,
        tokenid=tokenid,
        secret=section.take("secret", text),
        privilege_separation=section.take("privsep", yes_or_no, default=True),
        comment=section.take("comment", text, ""),
    )
    section.done()
    return token


def _entry(section: Section) -> AclEntry:
    kinds = [kind for kind in ("user", "group", "token") if section.has(kind)]
    if len(kinds) != 1:
        raise ScenarioError(f"{section.place}: expected exactly one of user, group, token")
    entry = AclEntry(
        path=section.take("path", text),
        kind=kinds[0],
        subject=section.take(kinds[0], text),
        role=section.take("role", text),
        propagate=section.take("propagate", yes_or_no, default=True),
    )
    section.done()
    return entry

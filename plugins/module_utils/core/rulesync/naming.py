# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What declared rules are called in Proxmox VE, and by what we know again what is ours."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.ha.groups import PREFIX as MIGRATED
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import Rule

ID_START = "drs-"
# Short names hold no underscore, so it can stand between those of several rules.
BETWEEN = "_"
MARK = "pve.drs:"
SHORT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def short_name(name: str) -> str:
    """A rule's name as identifiers and tags can have it; empty where nothing is left of it."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def short_names(rules: Iterable[Rule]) -> dict[str, str]:
    """By the names of the rules. Raises BadPolicy for rules that would be called the same, or nothing at all."""
    found: dict[str, str] = {}
    for rule in rules:
        short = short_name(rule.name)
        if not short:
            raise BadPolicy(
                f"rule {rule.name}: its name needs a letter a to z or a digit, to be called by it in Proxmox VE"
            )
        if short in found.values():
            other = next(name for name, taken in found.items() if taken == short)
            raise BadPolicy(
                f"rules {other} and {rule.name} would both be called {short} in Proxmox VE; rename one of them"
            )
        found[rule.name] = short
    return found


def identifier(shorts: Iterable[str]) -> str:
    """Of the HA rule or HA group that one or several rules come to, such as drs-licensed or drs-licensed_no-gpu."""
    return f"{ID_START}{BETWEEN.join(shorts)}"


def comment(names: Iterable[str]) -> str:
    """Says for people which rules it comes from, and for us that it is ours."""
    return f"{MARK} {', '.join(' '.join(name.split()) for name in names)}"


def rules_of(name: str, text: str) -> frozenset[str]:
    """The short names of the rules that an HA rule or HA group of that name and comment was made for; none if not ours."""
    return rules_in(name) if text.startswith(MARK) else frozenset()


def rules_in(name: str) -> frozenset[str]:
    """The short names in an identifier; PVE 9 puts something before those of groups that it made rules of."""
    own = name.removeprefix(MIGRATED)
    shorts = own.removeprefix(ID_START).split(BETWEEN)
    is_ours = own.startswith(ID_START) and all(map(SHORT.fullmatch, shorts))
    return frozenset(shorts) if is_ours else frozenset()

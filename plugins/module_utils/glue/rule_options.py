# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The option `rules` -> rules; every complaint names the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule

Given = Mapping[str, Any]
VMIDS = range(100, 1_000_000_000)
GUEST_COUNTS = range(1_000_001)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a type of rule needs and what else it takes, besides name, type and strength."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


KEYS = {
    "pin": Keys(needed=("guests",)),
    "ignore": Keys(needed=("guests",)),
    "max_guests": Keys(needed=("count",), optional=("nodes",)),
}
STRENGTHS = ("must",)


def rules_from(given: Sequence[Given]) -> tuple[Rule, ...]:
    """Raises BadPolicy for the first rule that makes no sense, alone or beside another."""
    rules = tuple(_rule(entry, place) for place, entry in enumerate(given, start=1))
    names = [rule.name for rule in rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadPolicy(f"rules: two rules are called {twice[0]}; every rule needs a name of its own")
    return rules


def _rule(given: Given, place: int) -> Rule:
    name, kind = given.get("name"), given.get("type")
    if not isinstance(name, str) or not name.strip():
        raise BadPolicy(f"rules: rule number {place} has no name")
    where = f"rule {name}"
    if not isinstance(kind, str) or kind not in KEYS:
        raise BadPolicy(f"{where}: type is {_shown(kind)}; known are {', '.join(KEYS)}")
    _require_keys(given, KEYS[kind], f"{where} ({kind})")
    if given.get("strength", "must") not in STRENGTHS:
        raise BadPolicy(f"{where}: strength is {_shown(given['strength'])}; a rule of type {kind} is always must")
    return Rule(
        name=name,
        type=kind,
        guests=_selector(given["guests"], where) if "guests" in given else GuestSelector(),
        nodes=tuple(_texts(given["nodes"], f"{where}: nodes")) if "nodes" in given else (),
        count=_number(given["count"], GUEST_COUNTS, f"{where}: count") if "count" in given else None,
    )


def _require_keys(given: Given, keys: Keys, where: str) -> None:
    known = ("name", "type", "strength", *keys.needed, *keys.optional)
    unknown = [key for key in given if key not in known]
    if unknown:
        raise BadPolicy(f"{where}: {_shown(unknown[0])} is not known here; known are {', '.join(known)}")
    missing = [key for key in keys.needed if given.get(key) is None]
    if missing:
        raise BadPolicy(f"{where}: {missing[0]} is missing")


def _selector(given: object, where: str) -> GuestSelector:
    """A list of vmids, or a mapping of vmid, name, tag and pool to one value or a list of them."""
    chosen = given if isinstance(given, Mapping) else {"vmid": given}
    unknown = [key for key in chosen if key not in SELECTORS]
    if unknown:
        raise BadPolicy(
            f"{where}: guests cannot be chosen by {_shown(unknown[0])}; known are {', '.join(SELECTORS)}, "
            "or a plain list of vmids"
        )
    parts = {
        field: frozenset(read(chosen[key], f"{where}: {'guests' if chosen is not given else key}"))
        for key, (field, read) in SELECTORS.items()
        if key in chosen
    }
    if not parts:
        raise BadPolicy(f"{where}: guests is empty; name at least one")
    return GuestSelector(**parts)


def _vmids(given: object, where: str) -> Iterable[int]:
    return [_number(value, VMIDS, where) for value in _entries(given, where)]


def _texts(given: object, where: str) -> Iterable[str]:
    entries = _entries(given, where)
    wrong = [entry for entry in entries if not isinstance(entry, str) or not entry.strip()]
    if wrong:
        raise BadPolicy(f"{where}: {_shown(wrong[0])} is not a name")
    return entries


def _entries(given: object, where: str) -> Sequence[Any]:
    entries = given if isinstance(given, list | tuple) else [given]
    if not entries or entries == [None]:
        raise BadPolicy(f"{where} is empty; name at least one")
    return entries


def _number(given: object, allowed: range, where: str) -> int:
    """Digits in a text count too: templates make texts of numbers."""
    number = int(given) if isinstance(given, str) and given.strip().isdecimal() else given
    if isinstance(number, bool) or not isinstance(number, int) or number not in allowed:
        raise BadPolicy(
            f"{where}: {_shown(given)} is not a whole number between {allowed.start} and {allowed.stop - 1}"
        )
    return number


def _shown(value: object) -> str:
    if value is None:
        return "missing"
    return (value or "empty") if isinstance(value, str) else repr(value)


# what guests are chosen by: field of the selector, and how to read its values
SELECTORS: Mapping[str, tuple[str, Callable[[object, str], Iterable[Any]]]] = {
    "vmid": ("vmids", _vmids),
    "name": ("names", _texts),
    "tag": ("tags", _texts),
    "pool": ("pools", _texts),
}

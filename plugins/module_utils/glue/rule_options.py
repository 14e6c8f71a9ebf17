# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The option `rules` -> rules; every complaint names the rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import (
    AUTOMATION_LEVELS,
    MUST,
    SHOULD,
    SOFT_TYPES,
    GuestSelector,
    Rule,
)

Given = Mapping[str, Any]
Groups = Mapping[str, tuple[str, ...]]
VMIDS = range(100, 1_000_000_000)
GUEST_COUNTS = range(1_000_001)
TAG = re.compile(r"\w[\w+.-]*", re.ASCII)
GUEST_TYPES = ("qemu", "lxc")


@dataclass(frozen=True, slots=True)
class Keys:
    """What a type of rule needs and what else it takes, besides the keys that every rule takes."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


KEYS = {
    "together": Keys(needed=("guests",)),
    "separate": Keys(needed=("guests",)),
    "run_on": Keys(needed=("guests", "nodes")),
    "not_run_on": Keys(needed=("guests", "nodes")),
    "pin": Keys(needed=("guests",)),
    "ignore": Keys(needed=("guests",)),
    "max_guests": Keys(needed=("count",), optional=("nodes",)),
    "automation": Keys(needed=("guests", "level")),
}
COMMON_KEYS = ("name", "type", "strength", "enabled", "created")
STRENGTHS = (MUST, SHOULD)


def rules_from(given: Sequence[Given], node_groups: Given | None = None) -> tuple[Rule, ...]:
    """Raises BadPolicy for the first rule that makes no sense, alone or beside another."""
    groups = _groups(node_groups or {})
    rules = tuple(_rule(entry, place, groups) for place, entry in enumerate(given, start=1))
    names = [rule.name for rule in rules]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise BadPolicy(f"rules: two rules are called {twice[0]}; every rule needs a name of its own")
    return rules


def tag_prefix_from(given: str) -> str:
    """What tags begin with, or nothing. Raises BadPolicy for what no tag can begin with."""
    if given and not TAG.fullmatch(given):
        raise BadPolicy(
            f"tag_prefix: no tag can begin with {given}; letters, digits, _, and after the first also - + . make a tag, "
            "and an empty prefix takes the meaning from all tags"
        )
    return given


def _groups(given: Given) -> Groups:
    return {str(name): tuple(_texts(nodes, f"node_groups: {name}")) for name, nodes in given.items()}


def _rule(given: Given, place: int, groups: Groups) -> Rule:
    name, kind = given.get("name"), given.get("type")
    if not isinstance(name, str) or not name.strip():
        raise BadPolicy(f"rules: rule number {place} has no name")
    where = f"rule {name}"
    if not isinstance(kind, str) or kind not in KEYS:
        raise BadPolicy(f"{where}: type is {_shown(kind)}; known are {', '.join(KEYS)}")
    _require_keys(given, KEYS[kind], f"{where} ({kind})")
    return Rule(
        name=name,
        type=kind,
        guests=selector_from(given["guests"], where) if "guests" in given else GuestSelector(),
        nodes=_nodes(given["nodes"], groups, where) if "nodes" in given else (),
        count=_number(given["count"], GUEST_COUNTS, f"{where}: count") if "count" in given else None,
        strength=_strength(given.get("strength", MUST), kind, where),
        enabled=truth_from(given.get("enabled", True), f"{where}: enabled"),
        created=_moment(given["created"], f"{where}: created") if given.get("created") is not None else None,
        level=_level(given["level"], where) if "level" in given else "",
    )


def _strength(given: object, kind: str, where: str) -> str:
    if given == MUST or (given == SHOULD and kind in SOFT_TYPES):
        return str(given)
    allowed = f"known are {' and '.join(STRENGTHS)}" if kind in SOFT_TYPES else f"a rule of type {kind} is always must"
    raise BadPolicy(f"{where}: strength is {_shown(given)}; {allowed}")


def _level(given: object, where: str) -> str:
    if given in AUTOMATION_LEVELS:
        return str(given)
    raise BadPolicy(f"{where}: level is {_shown(given)}; known are {', '.join(AUTOMATION_LEVELS)}")


def _nodes(given: object, groups: Groups, where: str) -> tuple[str, ...]:
    """A list of names, or a mapping of name and group to one value or a list of them."""
    chosen = given if isinstance(given, Mapping) else {"name": given}
    unknown = [key for key in chosen if key not in ("name", "group")]
    if unknown:
        raise BadPolicy(
            f"{where}: nodes cannot be chosen by {_shown(unknown[0])}; known are name, group, or a plain list of names"
        )
    names = list(_texts(chosen["name"], f"{where}: nodes")) if "name" in chosen else []
    for group in _texts(chosen["group"], f"{where}: nodes: group") if "group" in chosen else ():
        if group not in groups:
            raise BadPolicy(f"{where}: node group {group} is not among node_groups; known are {_listed(groups)}")
        names += groups[group]
    if not names:
        raise BadPolicy(f"{where}: nodes is empty; name at least one")
    return tuple(dict.fromkeys(names))


def truth_from(given: object, where: str) -> bool:
    """The words that Ansible takes for true and false."""
    try:
        return bool(boolean(given))
    except TypeError:
        raise BadPolicy(f"{where}: {_shown(given)} is neither true nor false") from None


def _moment(given: object, where: str) -> float:
    """A date, with a time or not, UTC where no zone is told; or seconds since the epoch."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given)
    try:
        moment = datetime.fromisoformat(str(given))
    except ValueError:
        raise BadPolicy(f"{where}: {_shown(given)} is no date such as 2026-03-31 or 2026-03-31T12:00:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _require_keys(given: Given, keys: Keys, where: str) -> None:
    known = (*COMMON_KEYS, *keys.needed, *keys.optional)
    unknown = [key for key in given if key not in known]
    if unknown:
        raise BadPolicy(f"{where}: {_shown(unknown[0])} is not known here; known are {', '.join(known)}")
    missing = [key for key in keys.needed if given.get(key) is None]
    if missing:
        raise BadPolicy(f"{where}: {missing[0]} is missing")


def selector_from(given: object, where: str) -> GuestSelector:
    """A list of vmids, or a mapping of vmid, name, tag, pool, type and pattern to one value or a list of them.

    Raises BadPolicy.
    """
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


def _types(given: object, where: str) -> Iterable[str]:
    types = _texts(given, where)
    wrong = [entry for entry in types if entry not in GUEST_TYPES]
    if wrong:
        raise BadPolicy(f"{where}: {wrong[0]} is no type of guest; known are {', '.join(GUEST_TYPES)}")
    return types


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


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
    "type": ("types", _types),
    "pattern": ("patterns", _texts),
}

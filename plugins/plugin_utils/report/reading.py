# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Take named values out of what a module returned; whatever else is in there is never looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Found = Mapping[str, Any]
Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Listed(Generic[Entry]):
    """The first of many, and how many are left out."""

    shown: tuple[Entry, ...]
    more: int

    def __bool__(self) -> bool:
        return bool(self.shown)

    def up_to(self, most: int) -> Listed[Entry]:
        """With still less shown."""
        return Listed(self.shown[:most], self.more + max(0, len(self.shown) - most))


class NoReport(ValueError):
    """What was given is not what one of the modules returns."""


def require_plan(result: object) -> Found:
    """The result, which has a plan. Raises NoReport."""
    if isinstance(result, Mapping) and isinstance(result.get("plan"), Mapping):
        return result
    said = text(result, "msg") if isinstance(result, Mapping) else ""
    told = f" (it says: {said})" if said else ""
    raise NoReport(f"a report needs all that drs_balance or drs_evacuate returned, a plan among it{told}")


def past_moves(result: Found, facts: object) -> list[Found]:
    """The last migrations, newest first, as the result or the facts have them."""
    known = facts if isinstance(facts, Mapping) else {}
    found = parts(result, "last_migrations") or parts(known, "history") or parts(part(known, "history"), "moves")
    return sorted(found, key=lambda move: -(number(move, "began") or 0.0))


def first(entries: Iterable[Entry], most: int) -> Listed[Entry]:
    found = tuple(entries)
    return Listed(found[:most], max(0, len(found) - most))


def part(found: Found, name: str) -> Found:
    """A mapping; an empty one where there is none."""
    value = found.get(name)
    return value if isinstance(value, Mapping) else {}


def parts(found: Found, name: str) -> list[Found]:
    """The mappings of a list."""
    return [value for value in _list(found, name) if isinstance(value, Mapping)]


def texts(found: Found, name: str) -> list[str]:
    """The entries of a list, as text."""
    return [str(value) for value in _list(found, name)]


def text(found: Found, name: str) -> str:
    """Empty where there is none."""
    value = found.get(name)
    return "" if value is None else str(value)


def number(found: Found, name: str) -> float | None:
    """None where there is none."""
    value = found.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def count(found: Found, name: str) -> int:
    """0 where there is none."""
    return int(number(found, name) or 0)


def label(found: Found) -> str:
    """A guest by id and name."""
    vmid, name = text(found, "vmid"), text(found, "name")
    return f"{vmid} ({name})" if name else vmid


def _list(found: Found, name: str) -> Sequence[Any]:
    value = found.get(name)
    return value if isinstance(value, list | tuple) else ()

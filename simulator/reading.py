# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Strict reading of scenario files: units as an operator writes them, one clear error for a wrong key or value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import TypeVar

T = TypeVar("T")

_BYTES = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_RATES = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9}
_REQUIRED = object()


class ScenarioError(Exception):
    """A scenario that cannot be read; the text names the place and what to write instead."""


class Section:
    """One mapping of a scenario file; every key must be taken before done()."""

    def __init__(self, place: str, data: object) -> None:
        if data is None:
            data = {}
        if not isinstance(data, dict):
            raise ScenarioError(f"{place}: expected a mapping of keys and values, found {data!r}")
        self.place = place
        self._data: dict[object, object] = dict(data)
        self._known: list[str] = []

    def take(self, key: str, read: Callable[[object], T], default: object = _REQUIRED) -> T:
        """The value of a key, read by a function that raises ValueError with what it expects."""
        self._known.append(key)
        if key not in self._data:
            if default is _REQUIRED:
                raise ScenarioError(f"{self.place}: '{key}' is missing")
            return default  # type: ignore[return-value]
        value = self._data.pop(key)
        try:
            return read(value)
        except (ValueError, TypeError) as error:
            raise ScenarioError(f"{self.place}.{key}: {error}") from error

    def has(self, key: str) -> bool:
        """Whether a key is there and not yet taken."""
        return key in self._data

    def section(self, key: str) -> Section:
        """A mapping inside this one; empty when it is not there."""
        self._known.append(key)
        return Section(f"{self.place}.{key}", self._data.pop(key, None))

    def sections(self, key: str) -> Iterator[tuple[str, Section]]:
        """Named mappings below a key."""
        self._known.append(key)
        found = Section(f"{self.place}.{key}", self._data.pop(key, None))
        for name, value in found._data.items():
            yield str(name), Section(f"{found.place}.{name}", value)

    def items(self, key: str) -> Iterator[Section]:
        """Mappings of a list below a key."""
        self._known.append(key)
        rows = self._data.pop(key, None) or []
        if not isinstance(rows, list):
            raise ScenarioError(f"{self.place}.{key}: expected a list, found {rows!r}")
        for number, row in enumerate(rows):
            yield Section(f"{self.place}.{key}[{number}]", row)

    def rest(self) -> dict[str, object]:
        """All keys that are left, taken as they are."""
        left, self._data = self._data, {}
        return {str(key): value for key, value in left.items()}

    def with_defaults(self, defaults: dict[str, object]) -> Section:
        """Give this section values for keys that it does not have."""
        merged: dict[object, object] = {}
        merged.update(defaults)
        return Section(self.place, merged | self._data)

    def done(self) -> None:
        """ScenarioError when a key is left that nobody knows."""
        if self._data:
            left = ", ".join(f"'{key}'" for key in self._data)
            raise ScenarioError(f"{self.place}: unknown {left}; known here: {', '.join(sorted(set(self._known)))}")


def text(value: object) -> str:
    """Text; a number is taken as it is written."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError(f"expected text, found {value!r}")
    return str(value)


def whole(value: object) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"expected a whole number, found {value!r}")
    return value


def positive(value: object) -> int:
    """A whole number above 0."""
    number = whole(value)
    if number < 1:
        raise ValueError(f"expected a whole number above 0, found {value!r}")
    return number


def number(value: object) -> float:
    """Any number, not negative."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ValueError(f"expected a number that is not negative, found {value!r}")
    return float(value)


def yes_or_no(value: object) -> bool:
    """One of true and false."""
    if not isinstance(value, bool):
        raise TypeError(f"expected true or false, found {value!r}")
    return value


def size(value: object) -> int:
    """Bytes, from text such as 512M, 128G or 20T (powers of 1024)."""
    return int(_with_unit(value, _BYTES, "a size such as 512M, 128G or 20T"))


def seconds(value: object) -> float:
    """Seconds, from text such as 30s, 10m, 2h or 1d."""
    return _with_unit(value, _SECONDS, "a time such as 30s, 10m, 2h or 1d")


def link_speed(value: object) -> float:
    """Bytes per second, from bits per second such as 1G or 25G."""
    return _with_unit(value, _RATES, "bits per second such as 1G or 25G") / 8


def share(value: object) -> float:
    """A fraction, from 0.4 or 40%."""
    if isinstance(value, str) and value.endswith("%"):
        return number(float(value[:-1])) / 100
    return number(value)


def part_of(whole_amount: float, read: Callable[[object], float]) -> Callable[[object], float]:
    """A reader of either an amount or a percentage of the whole."""

    def read_part(value: object) -> float:
        if isinstance(value, str) and value.endswith("%"):
            return share(value) * whole_amount
        return read(value)

    return read_part


def texts(value: object) -> tuple[str, ...]:
    """A list of texts, or one text."""
    rows = value if isinstance(value, list) else [value]
    return tuple(text(row) for row in rows)


def one_of(*choices: str) -> Callable[[object], str]:
    """A reader of one of these words."""

    def read(value: object) -> str:
        word = text(value)
        if word not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}, found {value!r}")
        return word

    return read


def moment(value: object) -> float:
    """Epoch seconds, from a date or date and time in UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    raise ValueError(f"expected a date such as 2026-03-02 09:00, found {value!r}")


def _with_unit(value: object, units: dict[str, float] | dict[str, int], example: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]?)", str(value).strip())
    if isinstance(value, bool) or match is None or match[2] not in units:
        raise ValueError(f"expected {example}, found {value!r}")
    return float(match[1]) * units[match[2]]

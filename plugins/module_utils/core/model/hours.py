# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""When guests may be moved: windows and blackouts, by the clock on the wall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, tzinfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
EVERY_DAY = frozenset(range(len(DAYS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From minute `begin` of some days of the week (0 is Monday) until minute `end`, which may be one of the next day.

    With dates only where it begins on one of them, both included.
    """

    name: str = ""
    days: frozenset[int] = EVERY_DAY
    begin: int = 0
    end: int = DAY_MINUTES
    first: date | None = None
    last: date | None = None

    def __str__(self) -> str:
        said = " ".join(self._parts())
        return f"{self.name} ({said})" if self.name else said

    def _parts(self) -> Iterator[str]:
        yield ",".join(_stretches(self.days)) if self.days != EVERY_DAY else "daily"
        if (self.begin, self.end) != (0, DAY_MINUTES):
            yield f"{_clock(self.begin)}-{_clock(self.end)}"
        if self.first:
            yield f"from {self.first}"
        if self.last:
            yield f"until {self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Guests are moved within one of the windows, or at any time without any, and within no blackout."""

    windows: tuple[Span, ...] = ()
    blackouts: tuple[Span, ...] = ()
    zone: tzinfo = UTC

    @property
    def are_limited(self) -> bool:
        return bool(self.windows or self.blackouts)


ALWAYS = Hours()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why only moves of these categories are made now, and in a whole sentence until when.

    `until` is that in seconds since the epoch; None where it stays so.
    """

    why: str
    sentence: str
    categories: frozenset[str]
    until: float | None

    def __str__(self) -> str:
        return self.sentence


def _stretches(days: frozenset[int]) -> Iterator[str]:
    """Such as mon-fri; two days in a row are named one by one."""
    for first in sorted(day for day in days if day - 1 not in days):
        last = min(day for day in days if day >= first and day + 1 not in days)
        if last - first > 1:
            yield f"{DAYS[first]}-{DAYS[last]}"
        else:
            yield from DAYS[first : last + 1]


def _clock(minute: int) -> str:
    of_day = minute if minute == DAY_MINUTES else minute % DAY_MINUTES
    return f"{of_day // 60:02}:{of_day % 60:02}"

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Cron expressions as calendar events of systemd (crontab(5), systemd.time(7))."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@annually": "0 0 1 1 *",
    "@yearly": "0 0 1 1 *",
}
PART = re.compile(r"(?P<first>\*|[0-9a-z]+)(-(?P<last>[0-9a-z]+))?(/(?P<step>[0-9]+))?")


class ScheduleError(ValueError):
    """A schedule that means nothing, with what is wrong with it."""


@dataclass(frozen=True)
class Field:
    """One of the five fields: what it counts and which numbers and names it may hold."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of month", 1, 31),
    Field("month", 1, 12, ("", *MONTHS)),
    Field("day of week", 0, 7, tuple(day.lower() for day in DAYS)),
)


def calendar_events(schedule: str) -> list[str]:
    """What OnCalendar= takes; a text that is no cron expression is handed back as it is.

    Cron runs when either of the two days fits where both are restricted, so that these become two events.
    Raises ScheduleError for five fields that are no cron expression, and for nothing at all.
    """
    text = schedule.strip()
    if not text:
        raise ScheduleError("the schedule is empty: write a calendar event such as '*:0/5', or a cron expression")
    fields = NICKNAMES.get(text.lower(), text).split()
    if not _is_cron(fields):
        return [text]
    return _events(fields)


def _is_cron(fields: Sequence[str]) -> bool:
    """Five fields, and none of them of a kind that only calendar events have."""
    return len(fields) == len(FIELDS) and not any(mark in field for field in fields for mark in (":", "..", "~"))


def _events(fields: Sequence[str]) -> list[str]:
    minutes, hours, days, months, weekdays = (_numbers(text, field) for text, field in zip(fields, FIELDS, strict=True))
    time = f"{_list(hours, FIELDS[1])}:{_list(minutes, FIELDS[0])}:00"
    month = _list(months, FIELDS[3])
    named = sorted({day % 7 for day in weekdays})
    on_days = f"*-{month}-{_list(days, FIELDS[2])} {time}"
    on_weekdays = f"{','.join(DAYS[day] for day in named)} *-{month}-* {time}"
    if len(named) == len(DAYS):
        return [on_days]
    if len(days) == FIELDS[2].high:
        return [on_weekdays]
    if fields[2].startswith("*") or fields[4].startswith("*"):
        return [f"{','.join(DAYS[day] for day in named)} {on_days}"]
    return [on_days, on_weekdays]


def _list(numbers: Sequence[int], field: Field) -> str:
    is_all = len(numbers) == field.high - field.low + 1
    return "*" if is_all else ",".join(f"{number:02d}" for number in numbers)


def _numbers(text: str, field: Field) -> list[int]:
    return sorted({number for part in text.split(",") for number in _range(part, field)})


def _range(part: str, field: Field) -> range:
    found = PART.fullmatch(part.lower())
    if found is None:
        raise ScheduleError(f"'{part}' is no {field.name} of a cron expression")
    step = int(found["step"] or 1)
    if found["first"] == "*":
        first, last = field.low, field.high
    else:
        first = _number(found["first"], field)
        last = _last(found["last"], field) if found["last"] else (field.high if found["step"] else first)
    if step == 0 or first > last:
        raise ScheduleError(
            f"'{part}' holds no {field.name}: {'its step is 0' if step == 0 else f'{first} is after {last}'}"
        )
    return range(first, last + 1, step)


def _last(text: str, field: Field) -> int:
    """A week may end with Sunday, which is number 0 as well as 7."""
    number = _number(text, field)
    return field.high if number == 0 and field.high == len(DAYS) else number


def _number(text: str, field: Field) -> int:
    if text in field.names and text:
        return field.names.index(text)
    if not text.isdecimal() or not field.low <= int(text) <= field.high:
        raise ScheduleError(f"'{text}' is no {field.name}: it goes from {field.low} to {field.high}")
    return int(text)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options windows, blackouts and what belongs to them: when guests may be moved; every complaint names the entry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.hours import OUTSIDE
from ansible_collections.pve.drs.plugins.module_utils.core.model.hours import DAY_MINUTES, DAYS, EVERY_DAY, Hours, Span

Given = Mapping[str, Any]
KEYS = ("name", "days", "from", "to", "first_day", "last_day")
DAILY = "daily"
TIME = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})")
# YAML takes a bare 22:00 for 22 times 60 and 0; below that nobody can tell what a bare number means.
LEAST_BARE = 60
YEARS = range(1970, 9000)


def timing(params: Given) -> dict[str, Any]:
    """Fields of the policy; as by default where a module has no such options. Raises BadPolicy."""
    if params.get("outside_windows") is None:
        return {}
    hours = Hours(
        windows=tuple(_spans(params["windows"], "windows")),
        blackouts=tuple(_spans(params["blackouts"], "blackouts")),
        zone=_zone(params["time_zone"]),
    )
    outside = OUTSIDE[params["outside_windows"]][0]
    return {"hours": hours, "outside_windows": outside, "backup_scope": params["backup_scope"]}


def _zone(given: str) -> tzinfo:
    """Raises BadPolicy."""
    if given == "UTC":
        return UTC
    try:
        return ZoneInfo(given)
    except (OSError, ValueError, KeyError):
        raise BadPolicy(
            f"time_zone: {given or 'nothing'} is not known on this machine; take a name such as Europe/Berlin, "
            "or install the package tzdata where it has no time zones at all"
        ) from None


def _spans(given: Iterable[Given], option: str) -> Iterator[Span]:
    for place, entry in enumerate(given, start=1):
        yield _span(entry, f"{option}: {entry.get('name') or f'entry {place}'}")


def _span(given: Given, where: str) -> Span:
    unknown = [str(key) for key in given if key not in KEYS]
    if unknown:
        raise BadPolicy(f"{where}: {unknown[0]} is not known here; known are {', '.join(KEYS)}")
    begin = _minute(given.get("from"), 0, f"{where}: from")
    end = _minute(given.get("to"), DAY_MINUTES, f"{where}: to")
    if begin in (end, DAY_MINUTES):
        raise BadPolicy(f"{where}: from and to are the same time of the day; leave out both for whole days")
    first, last = (_date(given.get(key), f"{where}: {key}") for key in ("first_day", "last_day"))
    if first and last and last < first:
        raise BadPolicy(f"{where}: last_day {last} comes before first_day {first}")
    return Span(
        name=_name(given.get("name"), where),
        days=_days(given.get("days", DAILY), f"{where}: days"),
        begin=begin,
        end=end if begin < end else end + DAY_MINUTES,
        first=first,
        last=last,
    )


def _name(given: object, where: str) -> str:
    if given is None or isinstance(given, str | int):
        return str(given or "")
    raise BadPolicy(f"{where}: name is {given!r}, but must be a text")


def _days(given: object, where: str) -> frozenset[int]:
    words = given.replace(",", " ").split() if isinstance(given, str) else given
    if not isinstance(words, Sequence) or not words:
        raise BadPolicy(f"{where} is {given!r}, but must be {DAILY}, or days such as mon-fri or [sat, sun]")
    return frozenset(day for word in words for day in _stretch(str(word).strip().lower(), where))


def _stretch(word: str, where: str) -> Iterable[int]:
    """One day, or some in a row, which may go on past Sunday."""
    if word == DAILY:
        return EVERY_DAY
    first, dash, last = word.partition("-")
    wrong = [day for day in (first, last if dash else first) if day not in DAYS]
    if wrong:
        raise BadPolicy(f"{where}: {wrong[0] or word} is no day; known are {', '.join(DAYS)}, {DAILY}, and mon-fri")
    begin, end = DAYS.index(first), DAYS.index(last if dash else first)
    return ((begin + ahead) % len(DAYS) for ahead in range((end - begin) % len(DAYS) + 1))


def _minute(given: object, missing: int, where: str) -> int:
    """Of the day. Raises BadPolicy."""
    if given is None:
        return missing
    found = TIME.fullmatch(str(given).strip())
    minute = 60 * int(found["hour"]) + int(found["minute"]) if found else _bare(given)
    is_time = found is None or int(found["minute"]) < LEAST_BARE
    if minute is None or not is_time or not 0 <= minute <= DAY_MINUTES:
        raise BadPolicy(f'{where} is {given!r}, but must be a time of the day such as "22:00", in quotes')
    return minute


def _bare(given: object) -> int | None:
    """What YAML has made of a time without quotes."""
    is_number = isinstance(given, int) and not isinstance(given, bool)
    text = str(given).strip() if isinstance(given, str) or is_number else ""
    return int(text) if text.isdecimal() and int(text) >= LEAST_BARE else None


def _date(given: object, where: str) -> date | None:
    if given is None:
        return None
    try:
        found = date.fromisoformat(str(given))
    except ValueError:
        found = None
    if found is None or found.year not in YEARS:
        raise BadPolicy(f"{where} is {given}, but must be a date such as 2026-12-24")
    return found

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Whether guests may be moved at a moment, and until when that stays so.

What counts is what the clock on the wall shows: where an hour comes twice in autumn, both are inside a span or both are
outside, and where one is left out in spring a span that begins in it begins when the clock goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.hours import DAY_MINUTES, DAYS, Hours, Pause, Span
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import CONTENTION, MANDATORY
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy

# Whatever begins or ends every week does so within this many days.
WEEK_AND_ONE = 8

# What is moved outside of windows: by the word for it the categories, and a sentence.
OUTSIDE: Mapping[str, tuple[frozenset[str], str]] = MappingProxyType(
    {
        "nothing": (frozenset(), "nothing is moved"),
        "mandatory": (frozenset({MANDATORY}), "only what has to be mended is moved"),
        "contention": (frozenset({MANDATORY, CONTENTION}), "loads are not evened out"),
    }
)


def pause_of(policy: Policy, cluster: Cluster) -> Pause | None:
    """At the moment when the cluster was read."""
    return pause_at(policy, cluster.seen_at)


def pause_at(policy: Policy, now: float) -> Pause | None:
    """`now` is in seconds since the epoch; None when everything may be moved."""
    closed = why_closed(policy.hours, now)
    if closed is None:
        return None
    until = next_change(policy.hours, now)
    still = next(sentence for categories, sentence in OUTSIDE.values() if categories == policy.outside_windows)
    ending = f"until {told(until, policy.hours.zone)}" if until else "from now on, as no window opens any more"
    sentence = f"{still} {ending}: {closed}"
    return Pause(why=closed, sentence=sentence, categories=policy.outside_windows, until=until)


def why_closed(hours: Hours, now: float) -> str | None:
    """The blackouts that hold now, or that none of the windows is open; None when it is open."""
    wall = datetime.fromtimestamp(now, hours.zone)
    blackouts = [str(span) for span in hours.blackouts if _covers(span, wall)]
    if blackouts:
        return f"blackout {', '.join(blackouts)}"
    if not hours.windows or any(_covers(span, wall) for span in hours.windows):
        return None
    return f"outside of window {', '.join(map(str, hours.windows))}"


def next_change(hours: Hours, now: float) -> float | None:
    """When it opens or closes the next time, in seconds since the epoch; None where it stays as it is."""
    is_closed = why_closed(hours, now) is not None
    later = sorted({moment for moment in _moments(hours, now) if moment > now})
    return next((moment for moment in later if (why_closed(hours, moment) is not None) != is_closed), None)


def told(moment: float, zone: tzinfo) -> str:
    """Such as Mon 2026-03-30 18:00 CEST."""
    wall = datetime.fromtimestamp(moment, zone)
    return f"{DAYS[wall.weekday()].capitalize()} {wall:%Y-%m-%d %H:%M} {wall.tzname()}"


def _covers(span: Span, wall: datetime) -> bool:
    """It began today or yesterday, and has not ended."""
    minute = 60 * wall.hour + wall.minute
    return any(
        _begins_on(span, wall.date() - timedelta(days=back)) and span.begin <= minute + back * DAY_MINUTES < span.end
        for back in (0, 1)
    )


def _begins_on(span: Span, day: date) -> bool:
    is_early, is_late = span.first and day < span.first, span.last and day > span.last
    return day.weekday() in span.days and not is_early and not is_late


def _moments(hours: Hours, now: float) -> Iterator[float]:
    """Whenever something may begin or end, as far ahead as matters."""
    spans = (*hours.windows, *hours.blackouts)
    today = datetime.fromtimestamp(now, hours.zone).date()
    dates = {today, *(day for span in spans for day in (span.first, span.last) if day and day > today)}
    days = {day + timedelta(days=ahead) for day in dates for ahead in range(-1, WEEK_AND_ONE + 1)}
    for day in days:
        for minute in {minute for span in spans for minute in (span.begin, span.end)}:
            yield from _showing(datetime.combine(day, time()) + timedelta(minutes=minute), hours.zone)


def _showing(wall: datetime, zone: tzinfo) -> Iterator[float]:
    """When the clock shows that: once, twice in autumn, or in spring never; then also when it is put forward or back."""
    once, again = (wall.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    yield from {once, again}
    if once != again:
        yield _shift(min(once, again), max(once, again), zone)


def _shift(early: float, late: float, zone: tzinfo) -> float:
    """When the clock is put forward or back, between two moments."""
    before = datetime.fromtimestamp(early, zone).utcoffset()
    while late - early > 1.0:
        middle = (early + late) // 2
        is_before = datetime.fromtimestamp(middle, zone).utcoffset() == before
        early, late = (middle, late) if is_before else (early, middle)
    return late


def hours_report(policy: Policy, cluster: Cluster) -> dict[str, Any] | None:
    """Whether it is open, why not, when that changes, and which categories are moved; None where there are no hours."""
    if not policy.hours.are_limited:
        return None
    now, zone = cluster.seen_at, policy.hours.zone
    pause, until = pause_at(policy, now), next_change(policy.hours, now)
    return {
        "is_open": pause is None,
        "reason": why_closed(policy.hours, now),
        "until": None if until is None else datetime.fromtimestamp(until, zone).isoformat(),
        "moves": sorted(pause.categories if pause else policy.categories),
    }

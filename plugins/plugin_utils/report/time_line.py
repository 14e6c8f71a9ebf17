# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""When each move began and how long it took, as places on a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.plugin_utils.report.moves import PLANNED, Told
from ansible_collections.pve.drs.plugins.plugin_utils.report.page import Lane, Tick, TimeLine
from ansible_collections.pve.drs.plugins.plugin_utils.report.reading import first, label, number, text
from ansible_collections.pve.drs.plugins.plugin_utils.report.words import duration, moment, time_of_day

MOST_LANES = 120
MOST_TICKS = 6
# Seconds between ticks: what clocks are divided into.
INTERVALS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
WIDTH = 100.0
# Behind it there is no room for the time beside a tick.
LAST_TEXT = 88.0
# Of a move that took no time at all, in percent.
LEAST_WIDTH = 0.4


@dataclass(frozen=True, slots=True)
class Stretch:
    """A move from `begin` on, in seconds."""

    told: Told
    begin: float
    seconds: float

    @property
    def end(self) -> float:
        return self.begin + self.seconds


def time_line(told: Sequence[Told]) -> TimeLine | None:
    """By what happened, or as the plan would go when nothing did; None without moves."""
    is_estimate = all(entry.status == PLANNED for entry in told)
    stretches = list(_as_planned(told) if is_estimate else _as_it_went(told))
    if not stretches:
        return None
    begin, end = min(one.begin for one in stretches), max(one.end for one in stretches)
    length = max(end - begin, 1.0)
    stretches.sort(key=lambda one: one.begin)
    return TimeLine(
        lanes=first((_lane(one, begin, length) for one in stretches), MOST_LANES),
        ticks=tuple(_ticks(begin, length, is_estimate=is_estimate)),
        span=duration(length) if is_estimate else f"{moment(begin)}, {duration(length)}",
        is_estimate=is_estimate,
    )


def _as_it_went(told: Sequence[Told]) -> Iterator[Stretch]:
    """Moves that were started."""
    for entry in told:
        began = number(entry.ended, "began")
        if began is not None:
            yield Stretch(entry, began, number(entry.ended, "seconds") or 0.0)


def _as_planned(told: Sequence[Told]) -> Iterator[Stretch]:
    """A step begins when the longest move of the one before has ended."""
    begin, longest, step = 0.0, 0.0, 0
    for entry in told:
        seconds = number(entry.move, "estimated_seconds") or 0.0
        if entry.step != step:
            begin, longest, step = begin + longest, 0.0, entry.step
        longest = max(longest, seconds)
        yield Stretch(entry, begin, seconds)


def _lane(stretch: Stretch, begin: float, length: float) -> Lane:
    left = min(WIDTH * (stretch.begin - begin) / length, WIDTH - LEAST_WIDTH)
    move = stretch.told.move
    return Lane(
        guest=label(move),
        way=f"{text(move, 'source')} → {text(move, 'target')}",
        status=stretch.told.status,
        left=round(left, 2),
        width=round(max(LEAST_WIDTH, min(WIDTH * stretch.seconds / length, WIDTH - left)), 2),
        span=duration(stretch.seconds),
    )


def _ticks(begin: float, length: float, *, is_estimate: bool) -> Iterator[Tick]:
    """At round times of the clock, or round times from the start."""
    interval = next((seconds for seconds in INTERVALS if length / seconds <= MOST_TICKS), INTERVALS[-1])
    at = -(-begin // interval) * interval
    while at <= begin + length:
        left = round(WIDTH * (at - begin) / length, 2)
        shown = duration(at) if is_estimate else time_of_day(at)
        yield Tick(left=left, text=shown if left < LAST_TEXT else "")
        at += interval

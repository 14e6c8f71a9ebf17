# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is remembered of a guest's demand, and what is expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Habit(NamedTuple):
    """Of one guest, in cores: averages of its demand from the shortest to the longest memory.

    `errors` are the mean squares of what each of them was wrong by one sample later, `third` the mean cube of what
    the longest was wrong by; `samples` is how many there were.
    """

    samples: int
    averages: tuple[float, ...]
    errors: tuple[float, ...]
    third: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """By vmid, as they were at `time` (seconds since the epoch)."""

    time: float = 0.0
    guests: Mapping[int, Habit] = field(default_factory=dict)


NO_HABITS = Habits()


class Outlook(NamedTuple):
    """Mean, variance and third central moment of a demand in cores; those of several guests add up.

    `soon` is in the next cycle, `long` in the long run.
    """

    soon_mean: float = 0.0
    soon_variance: float = 0.0
    soon_third: float = 0.0
    long_mean: float = 0.0
    long_variance: float = 0.0
    long_third: float = 0.0

    def plus(self, other: Outlook) -> Outlook:
        """Of both together."""
        a, b, c, d, e, f = other
        return Outlook(self[0] + a, self[1] + b, self[2] + c, self[3] + d, self[4] + e, self[5] + f)

    def minus(self, other: Outlook) -> Outlook:
        """Without the other, which is a part of it."""
        a, b, c, d, e, f = other
        return Outlook(self[0] - a, self[1] - b, self[2] - c, self[3] - d, self[4] - e, self[5] - f)

    def with_more(self, part: int, amount: float) -> Outlook:
        """The same with so much added to one part, by its position."""
        return Outlook(*(value + amount if index == part else value for index, value in enumerate(self)))


NO_DEMAND = Outlook()

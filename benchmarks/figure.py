# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a benchmark measures: a named number with its unit and the most that it may be."""

from dataclasses import dataclass

from benchmarks.timing import Seconds


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `at_most` is None where nothing was promised.

    Of a time, `value` is the median of cpu seconds, `least` the least of them and `clock` the median by the clock.
    `ratio` is this number by that of ours, for what others need for the same.
    """

    name: str
    value: float
    unit: str
    at_most: float | None = None
    least: float | None = None
    clock: float | None = None
    ratio: float | None = None

    @property
    def keeps_its_promise(self) -> bool:
        return self.at_most is None or self.value <= self.at_most


def time_figure(name: str, seconds: Seconds, *, at_most: float | None = None, ours: Seconds | None = None) -> Figure:
    """A time, beside ours where it is another's."""
    return Figure(
        name,
        seconds.cpu,
        "s",
        at_most=at_most,
        least=seconds.least,
        clock=seconds.clock,
        ratio=seconds.cpu / ours.cpu if ours else None,
    )

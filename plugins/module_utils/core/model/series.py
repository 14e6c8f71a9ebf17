# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""One figure over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# drs-model 2.9: a series with more gaps than this, or that ended longer ago, does not count.
MISSING_SHARE = 0.2
STALE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Series:
    """(seconds since the epoch, value) in order of time; a sample that is missing is None, never zero."""

    samples: tuple[tuple[float, float | None], ...] = ()

    @property
    def known(self) -> tuple[tuple[float, float], ...]:
        return tuple((time, value) for time, value in self.samples if value is not None)

    @property
    def values(self) -> tuple[float, ...]:
        return tuple(value for _unused, value in self.samples if value is not None)

    @property
    def missing_share(self) -> float:
        """0 when complete, 1 when there is nothing."""
        return 1.0 - len(self.values) / len(self.samples) if self.samples else 1.0

    @property
    def has_gaps(self) -> bool:
        """Too many samples are missing to make anything of the others."""
        return self.missing_share > MISSING_SHARE

    def is_fresh(self, now: float) -> bool:
        """The newest sample that is known is not stale."""
        known = self.known
        return bool(known) and now - known[-1][0] <= STALE_SECONDS

    def since(self, time: float) -> Series:
        return Series(tuple(sample for sample in self.samples if sample[0] >= time))


NO_SAMPLES = Series()


def series_of(samples: Iterable[tuple[float, float | None]]) -> Series:
    """Sorted by time."""
    return Series(tuple(sorted(samples, key=lambda sample: sample[0])))

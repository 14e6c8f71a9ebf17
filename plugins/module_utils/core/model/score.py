# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How well guests are served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

# Highest score of all buckets but the last; a score on a border belongs to the bucket above.
BORDERS = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestScore:
    """Shares, 1 is best. `unknown` names what would have been looked at and could not; it takes nothing away."""

    cpu: float
    memory: float
    network: float
    unknown: frozenset[str] = frozenset()

    @property
    def value(self) -> float:
        return self.cpu * self.memory * self.network


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterScore:
    """`guests` are the running ones on nodes with figures; `buckets` count them, worst first (drs-model 4.7)."""

    value: float
    guests: Mapping[int, GuestScore]

    @property
    def buckets(self) -> tuple[int, ...]:
        counts = [0] * (len(BORDERS) + 1)
        for guest in self.guests.values():
            counts[bucket_of(guest.value)] += 1
        return tuple(counts)

    @property
    def unknown(self) -> dict[str, int]:
        """What was unknown, and of how many guests."""
        return dict(sorted(Counter(name for guest in self.guests.values() for name in guest.unknown).items()))


def bucket_of(score: float) -> int:
    """0 (severe contention) to 4 (mild or none)."""
    return sum(round(score, 9) >= border for border in BORDERS)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The tree of one resource: what every pool and guest weighs, wants, and is promised (drs-model 5.1 to 5.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import fsum, inf

from ansible_collections.pve.drs.plugins.module_utils.core.divvy import Claim
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """A running guest, in cores or bytes; its `size` is the most that it can use, `shares` are its weight."""

    vmid: int
    shares: float
    size: float
    demand: float
    reservation: float = 0.0
    limit: float = inf

    @property
    def cap(self) -> float:
        """The most that it may have."""
        return min(self.size, self.limit)

    @property
    def wanted(self) -> float:
        """What was measured counts, also beyond its size, but nothing beyond its limit."""
        return min(self.demand, self.limit)

    @property
    def floor(self) -> float:
        """What is reserved and not wanted is free for others."""
        return min(self.reservation, self.wanted)

    @property
    def claim(self) -> Claim:
        return Claim(weight=self.shares, low=self.floor, high=self.wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A pool with what is in it; `wanted`, `floor` and `cap` are those of the guests below, within its limit (drs-model 5.5)."""

    name: str
    terms: Terms
    shares: float
    pools: Sequence[Branch] = ()
    guests: Sequence[Want] = ()
    wanted: float = field(init=False)
    floor: float = field(init=False)
    cap: float = field(init=False)

    def __post_init__(self) -> None:
        inside = self.inside
        wanted = min(self.terms.limit, fsum(item.wanted for item in inside))
        promised = self.terms.reservation
        if self.terms.expandable:
            promised = max(promised, fsum(item.floor for item in inside))
        object.__setattr__(self, "wanted", wanted)
        object.__setattr__(self, "floor", min(promised, wanted))
        object.__setattr__(self, "cap", min(self.terms.limit, fsum(item.cap for item in inside)))

    @property
    def inside(self) -> tuple[Branch | Want, ...]:
        """Pools first."""
        return (*self.pools, *self.guests)

    @property
    def reservation(self) -> float:
        return self.terms.reservation

    @property
    def claim(self) -> Claim:
        return Claim(weight=self.shares, low=self.floor, high=self.wanted)

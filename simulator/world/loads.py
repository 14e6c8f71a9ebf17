# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What guests ask for over time: cpu in cores, memory in bytes. Pure functions of the moment."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

DAY_SECONDS = 86_400.0
# Share of its load that a guest asks for while it boots.
BOOTING_SHARE = 0.02
NOISE_SLOT_SECONDS = 10.0
_NOISE_STEPS = 2**20


class Demand(NamedTuple):
    """Wanted at one moment: cpu in cores, memory in bytes."""

    cpu: float
    memory: float


class Load(Protocol):
    """A demand over time."""

    def at(self, moment: float, /) -> Demand:
        """The demand at that moment (epoch seconds)."""


class Constant:
    """The same demand for ever."""

    __slots__ = ("demand",)

    def __init__(self, demand: Demand) -> None:
        self.demand = demand

    def at(self, _moment: float) -> Demand:
        return self.demand


IDLE = Constant(Demand(0.0, 0.0))


@dataclass(frozen=True, slots=True)
class Daily:
    """A curve between night (lowest) and peak, highest at the peak hour (UTC)."""

    night: Demand
    peak: Demand
    peak_hour: float

    def at(self, moment: float) -> Demand:
        angle = 2 * math.pi * (moment / DAY_SECONDS - self.peak_hour / 24)
        share = (1 + math.cos(angle)) / 2
        return Demand(
            self.night.cpu + share * (self.peak.cpu - self.night.cpu),
            self.night.memory + share * (self.peak.memory - self.night.memory),
        )


@dataclass(frozen=True, slots=True)
class Steps:
    """Changes at given moments; before the first one the first demand holds."""

    moments: Sequence[float]
    demands: Sequence[Demand]

    def at(self, moment: float) -> Demand:
        return self.demands[max(0, bisect.bisect_right(self.moments, moment) - 1)]


@dataclass(frozen=True, slots=True)
class Series:
    """Recorded samples at a fixed distance; starts again after its end."""

    start: float
    step_seconds: float
    demands: Sequence[Demand]

    def at(self, moment: float) -> Demand:
        index = math.floor((moment - self.start) / self.step_seconds)
        return self.demands[index % len(self.demands)]


@dataclass(frozen=True, slots=True)
class Noisy:
    """Another load, its cpu shaken by up to the given share up or down, the same for the same seed."""

    load: Load
    share: float
    seed: int

    def at(self, moment: float) -> Demand:
        wanted = self.load.at(moment)
        slot = int(moment // NOISE_SLOT_SECONDS)
        return Demand(wanted.cpu * (1 + self.share * _noise(self.seed, slot)), wanted.memory)


class Spliced:
    """One load after another: what has been recorded stays when a guest gets a new load."""

    __slots__ = ("_loads", "_moments")

    def __init__(self, first: Load) -> None:
        self._moments: list[float] = []
        self._loads = [first]

    def then(self, moment: float, load: Load) -> None:
        """From that moment on, the latest so far, this load holds."""
        self._moments.append(moment)
        self._loads.append(load)

    def at(self, moment: float) -> Demand:
        return self._loads[bisect.bisect_right(self._moments, moment)].at(moment)


def warmed(wanted: Demand, seconds: float, warm_up: float) -> Demand:
    """What a guest asks for so long after its start: next to nothing in the first half of its warm-up, then more and more."""
    share = min(1.0, max(BOOTING_SHARE, 2 * seconds / warm_up - 1))
    return Demand(wanted.cpu * share, wanted.memory * share)


def _noise(seed: int, slot: int) -> float:
    """A value between -1 and 1 from two numbers; hashing numbers does not depend on the process."""
    return (hash((seed, slot)) % _NOISE_STEPS) / (_NOISE_STEPS / 2) - 1

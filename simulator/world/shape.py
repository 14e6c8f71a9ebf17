# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a guest may use by its config, now and in the past."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from typing import NamedTuple

from .cgroups import weight_of

MIB = 1024**2
DEFAULT_GUEST_MEMORY_MIB = 512
DEFAULT_SHARES = 1000


class Shape(NamedTuple):
    """Cores (0: all of the node), memory in bytes, weight among its siblings, most cores that it may use at a time.

    Ballooning takes memory back down to `floor` (bytes; all of it without ballooning), and gives by `shares`.
    """

    cores: float
    memory: int
    weight: int
    limit: float
    floor: int
    shares: int

    def balloon(self, level: float) -> int:
        """What ballooning leaves, in bytes, when it gives so many for each share."""
        return int(min(self.memory, self.floor + self.shares * level)) if self.floor < self.memory else self.memory


class Shapes:
    """The shapes of a guest over time: what was recorded stays when its config changes."""

    __slots__ = ("_moments", "_shapes")

    def __init__(self, first: Shape) -> None:
        self._moments: list[float] = []
        self._shapes = [first]

    @property
    def latest(self) -> Shape:
        return self._shapes[-1]

    def then(self, moment: float, shape: Shape) -> None:
        """From that moment on, the latest so far, the guest has this shape."""
        if shape != self.latest:
            self._moments.append(moment)
            self._shapes.append(shape)

    def at(self, moment: float) -> Shape:
        return self._shapes[bisect.bisect_right(self._moments, moment)]


def shape_of(kind: str, config: Mapping[str, object]) -> Shape:
    """The shape that a config asks for."""
    limit = float(str(config.get("cpulimit") or 0))
    memory = memory_mib(config.get("memory")) * MIB
    floor, shares = _balloon(config, kind, memory)
    return Shape(_cores(config, kind), memory, weight_of(config.get("cpuunits")), limit or math.inf, floor, shares)


def _balloon(config: Mapping[str, object], kind: str, memory: int) -> tuple[int, int]:
    """The least and the shares; without either, or for containers, all memory stays."""
    least = int(str(config.get("balloon") or 0)) * MIB
    shares = int(str(config.get("shares", DEFAULT_SHARES)))
    is_elastic = kind == "qemu" and 0 < least < memory and shares > 0
    return (least, shares) if is_elastic else (memory, 0)


def memory_mib(value: object) -> int:
    """MiB of a `memory` option: a number, or a property string such as `current=2048`."""
    if value in (None, ""):
        return DEFAULT_GUEST_MEMORY_MIB
    return int(str(value).removeprefix("current="))


def most_vcpus(config: Mapping[str, object]) -> int:
    """How many processors a VM can have plugged in."""
    return _number(config.get("sockets")) * _number(config.get("cores"))


def _cores(config: Mapping[str, object], kind: str) -> float:
    if kind == "qemu":
        return float(str(config.get("vcpus") or most_vcpus(config)))
    # 0 stands for "no limit": all cores of the node; the statistics resolve it.
    return float(str(config.get("cores") or config.get("cpulimit") or 0))


def _number(value: object) -> int:
    return 1 if value is None else int(str(value))

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""How a node shares its processors by weight: VMs in `qemu.slice`, containers in `lxc`, the host beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

# The slices and the host itself are siblings of this weight, whatever they hold.
SLICE_WEIGHT = 100
DEFAULT_WEIGHT = 100
HIGHEST_WEIGHT = 10_000


class Claim(NamedTuple):
    """Cores (or bytes) that somebody would use, and the weight that counts when there are too few for all."""

    weight: float
    wanted: float


class Levels(NamedTuple):
    """Cores for each unit of weight, in each slice: nobody gets more than that; infinite where all get what they ask for."""

    qemu: float = math.inf
    lxc: float = math.inf

    def of(self, kind: str) -> float:
        """The level of the slice of VMs or of containers."""
        return self.qemu if kind == "qemu" else self.lxc


ENOUGH = Levels()


def weight_of(cpuunits: object) -> int:
    """The weight that the kernel gets for `cpuunits`: 1 to 10,000, and 100 when nothing is set."""
    if cpuunits in (None, ""):
        return DEFAULT_WEIGHT
    return max(1, min(HIGHEST_WEIGHT, int(str(cpuunits))))


def levels(cores: float, host: float, vms: Iterable[Claim], containers: Iterable[Claim]) -> Levels:
    """Share the cores of a node: first between host, VMs and containers, then inside each slice."""
    slices = [list(vms), list(containers)]
    sums = [sum(claim.wanted for claim in claims) for claims in slices]
    if host + sum(sums) <= cores:
        return ENOUGH
    each = SLICE_WEIGHT * level(cores, [Claim(SLICE_WEIGHT, wanted) for wanted in (host, *sums)])
    return Levels(*(level(min(each, wanted), claims) for wanted, claims in zip(sums, slices, strict=True)))


def level(amount: float, claims: Iterable[Claim]) -> float:
    """How much each unit of weight gets so that all is used: whoever wants less leaves the rest to the others."""
    pressing = sorted((claim for claim in claims if claim.wanted > 0), key=lambda claim: claim.wanted / claim.weight)
    left, weight = amount, sum(claim.weight for claim in pressing)
    for claim in pressing:
        if claim.wanted > left / weight * claim.weight:
            return left / weight
        left -= claim.wanted
        weight -= claim.weight
    return math.inf

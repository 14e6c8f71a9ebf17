# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What guests get of the cores of their node, as Proxmox VE shares them out (drs-model 5.5, 5.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.divvy import Claim, divvy

# Machines and containers are in two groups of equal weight, whatever the weights of the guests in them.
GROUP_WEIGHT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A guest on a node: its weight, what it wants and the most that it can use, in cores."""

    vmid: int
    is_container: bool
    weight: float
    wanted: float
    most: float

    @property
    def claim(self) -> Claim:
        return Claim(weight=self.weight, high=self.wanted)


def shares_on(cores: float, runners: Sequence[Runner]) -> dict[int, float]:
    """By vmid: first between machines and containers, then by weight within each."""
    groups = [[r for r in runners if r.is_container is kind] for kind in (False, True)]
    claims = [Claim(weight=GROUP_WEIGHT, high=fsum(runner.wanted for runner in group)) for group in groups]
    found: dict[int, float] = {}
    for group, share in zip(groups, divvy(cores, claims), strict=True):
        found |= evenly(share, group)
    return found


def evenly(cores: float, runners: Sequence[Runner]) -> dict[int, float]:
    """By vmid: as if only the weights of the guests counted."""
    shares = divvy(cores, [runner.claim for runner in runners])
    return {runner.vmid: share for runner, share in zip(runners, shares, strict=True)}


def busy(runners: Sequence[Runner]) -> list[Runner]:
    """The same, each wanting all that it can use."""
    return [replace(runner, wanted=runner.most) for runner in runners]

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Proxmox VE knows no weights of pools: those of single guests that come to the same when all are busy (drs-model 5.9)."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, fsum
from statistics import median

from ansible_collections.pve.drs.plugins.module_utils.core.pools.branch import Branch

# What a guest has that nobody gave a weight; guests in no pool keep it.
ANCHOR = 100
LEAST_WEIGHT, MOST_WEIGHT = 1, 10_000
USUAL_SHARES, LEAST_SHARES, MOST_SHARES = 1000, 1, 50_000


def cpu_weights(entitled: Mapping[int, float]) -> dict[int, int]:
    """By vmid, as cpuunits, of guests that are entitled to so many cores while all are busy [Ex 5.12]."""
    mean = fsum(entitled.values()) / len(entitled) if entitled else 0.0
    if not mean:
        return dict.fromkeys(entitled, ANCHOR)
    return {vmid: _between(LEAST_WEIGHT, ANCHOR * cores / mean, MOST_WEIGHT) for vmid, cores in entitled.items()}


def memory_shares(standing: Mapping[int, float]) -> dict[int, int]:
    """Shares for ballooning by vmid, the guest in the middle has the usual ones [Ex 5.14]."""
    middle = median(standing.values()) if standing else 0.0
    if not middle:
        return dict.fromkeys(standing, USUAL_SHARES)
    return {vmid: _between(LEAST_SHARES, USUAL_SHARES * part / middle, MOST_SHARES) for vmid, part in standing.items()}


def standings(root: Branch) -> dict[int, float]:
    """By vmid, the part of the whole that the shares of the guest and of all pools around it come to."""
    found: dict[int, float] = {}
    waiting = [(root, 1.0)]
    while waiting:
        pool, part = waiting.pop()
        total = fsum(item.shares for item in pool.inside) or 1.0
        waiting += [(child, part * child.shares / total) for child in pool.pools]
        found.update((guest.vmid, part * guest.shares / total) for guest in pool.guests)
    return found


def with_floors(weights: Mapping[int, int], reserved: Mapping[int, float], cores: float) -> dict[int, int]:
    """Weights of one node, raised where the guest would otherwise get less than it has reserved of so many cores.

    That takes `w >= others * r / (cores - r)` [Ex 5.13]; where all cores or more are reserved nothing is raised.
    """
    raised: set[int] = set()
    short = _short(weights, reserved, cores, raised)
    while short - raised:
        raised |= short
        short = _short(weights, reserved, cores, raised)
    total = _total(weights, reserved, cores, raised)
    floors = {vmid: _whole_floor(total * reserved[vmid] / cores) for vmid in raised}
    return {vmid: min(MOST_WEIGHT, max(weight, floors.get(vmid, 0))) for vmid, weight in weights.items()}


def _short(weights: Mapping[int, int], reserved: Mapping[int, float], cores: float, raised: set[int]) -> set[int]:
    total = _total(weights, reserved, cores, raised)
    return {
        vmid for vmid in weights if reserved.get(vmid, 0.0) > 0.0 and weights[vmid] * cores < reserved[vmid] * total
    }


def _total(weights: Mapping[int, int], reserved: Mapping[int, float], cores: float, raised: set[int]) -> float:
    """What all weights come to when the raised ones are as high as they have to be."""
    left = cores - fsum(reserved[vmid] for vmid in raised)
    others = fsum(weight for vmid, weight in weights.items() if vmid not in raised)
    return others * cores / left if left > 0.0 else 0.0


def _whole_floor(weight: float) -> int:
    """Rounded up, but not for the last digits of a sum."""
    return ceil(round(weight, 6))


def _between(least: int, value: float, most: int) -> int:
    return max(least, min(most, round(value)))

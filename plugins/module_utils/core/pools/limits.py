# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the limit of a pool leaves to each guest, as Proxmox VE can limit single guests only (drs-model 5.9)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import fsum, inf

from ansible_collections.pve.drs.plugins.module_utils.core.pools.allocate import allocate
from ansible_collections.pve.drs.plugins.module_utils.core.pools.branch import Branch, Want

# A guest that idles is left this part of its size, to wake up with.
WAKING_SHARE = 0.1
# Limits stay until the guests want clearly less than the pool may have: what is limited looks as if it wanted no more.
CALM_SHARE = 0.9


def limited(root: Branch, already: Collection[int]) -> dict[int, float]:
    """Cores by vmid, for guests in pools that want more than their limit; `already` are those that are limited by us.

    `root` is to have figures of `waking`.
    """
    found: dict[int, float] = {}
    waiting = list(root.pools)
    while waiting:
        pool = waiting.pop()
        if _is_pressed(pool, already):
            shares = allocate(pool, pool.terms.limit).guests
            found.update((guest.vmid, shares[guest.vmid]) for guest in guests_below(pool))
        else:
            waiting += pool.pools
    return {vmid: cores for vmid, cores in found.items() if cores > 0.0}


def waking(demand: float, size: float) -> float:
    """What a guest is to have room for, at least."""
    return max(demand, WAKING_SHARE * size)


def guests_below(pool: Branch) -> Iterator[Want]:
    """At any depth."""
    yield from pool.guests
    for child in pool.pools:
        yield from guests_below(child)


def _is_pressed(pool: Branch, already: Collection[int]) -> bool:
    if pool.terms.limit == inf:
        return False
    wanted = fsum(item.wanted for item in pool.inside)
    is_limited = any(guest.vmid in already for guest in guests_below(pool))
    return wanted > pool.terms.limit * (CALM_SHARE if is_limited else 1.0)

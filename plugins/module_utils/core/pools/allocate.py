# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Share a capacity out from the top of the tree to every guest (drs-model 5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.pve.drs.plugins.module_utils.core.divvy import divvy
from ansible_collections.pve.drs.plugins.module_utils.core.pools.branch import Branch


@dataclass(frozen=True, slots=True)
class Allocation:
    """What each gets, in cores or bytes, by the name of the pool and by vmid."""

    pools: Mapping[str, float] = field(default_factory=dict)
    guests: Mapping[int, float] = field(default_factory=dict)


def allocate(root: Branch, capacity: float) -> Allocation:
    """No pool gets more than it may have, and what is in it no more than the pool [Ex 5.5, 5.6]."""
    pools, guests = {root.name: min(capacity, root.wanted)}, dict[int, float]()
    waiting = [root]
    while waiting:
        pool = waiting.pop()
        shares = divvy(pools[pool.name], [item.claim for item in pool.inside])
        split = len(pool.pools)
        pools.update((child.name, share) for child, share in zip(pool.pools, shares[:split], strict=True))
        guests.update((guest.vmid, share) for guest, share in zip(pool.guests, shares[split:], strict=True))
        waiting += pool.pools
    return Allocation(pools, guests)

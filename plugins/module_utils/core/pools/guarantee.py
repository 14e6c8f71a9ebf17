# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a pool's reservation guarantees to what is in it until the next cycle: two passes (drs-model 5.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.divvy import Claim, divvy
from ansible_collections.pve.drs.plugins.module_utils.core.pools.branch import Branch, Want


@dataclass(frozen=True, slots=True, kw_only=True)
class Heir:
    """Shares a reservation: the `demand` it has, of which `own` is reserved for itself, and `most` that it can use."""

    weight: float
    demand: float
    most: float
    own: float = 0.0


def first_pass(reservation: float, heirs: Sequence[Heir]) -> tuple[float, ...]:
    """By demand alone, as the older model has it."""
    return divvy(
        reservation, [Claim(weight=heir.weight, low=heir.own, high=min(heir.demand, heir.most)) for heir in heirs]
    )


def two_passes(reservation: float, heirs: Sequence[Heir]) -> tuple[float, ...]:
    """What is left after demand goes on by weight, up to the size [Ex 5.7 to 5.10]; what is left then stays with the pool."""
    first = first_pass(reservation, heirs)
    rooms = [max(0.0, heir.most - share) for heir, share in zip(heirs, first, strict=True)]
    excess = max(0.0, reservation - fsum(first))
    more = divvy(excess, [Claim(weight=heir.weight, high=room) for heir, room in zip(heirs, rooms, strict=True)])
    return tuple(share + extra for share, extra in zip(first, more, strict=True))


def guarantees(root: Branch) -> dict[int, float]:
    """By vmid, never less than the guest's own reservation; pools pass on what they have beyond their own."""
    found = {guest.vmid: _own(guest) for guest in root.guests}
    waiting = [(child, child.reservation) for child in root.pools]
    while waiting:
        pool, reservation = waiting.pop()
        shares = two_passes(reservation, [_heir(item) for item in pool.inside])
        passed_on = [max(share, _own(item)) for share, item in zip(shares, pool.inside, strict=True)]
        split = len(pool.pools)
        waiting += zip(pool.pools, passed_on[:split], strict=True)
        found.update((guest.vmid, share) for guest, share in zip(pool.guests, passed_on[split:], strict=True))
    return found


def _own(item: Branch | Want) -> float:
    return min(item.reservation, item.cap)


def _heir(item: Branch | Want) -> Heir:
    return Heir(weight=item.shares, demand=item.wanted, most=item.cap, own=_own(item))

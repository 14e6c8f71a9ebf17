# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the guests of a node get of its memory (drs-model 4.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.memory_capacity import GIB, RESERVE_SHARE
from ansible_collections.pve.drs.plugins.module_utils.core.divvy import Claim, divvy
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.mean import mean
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.percentile import percentile
from ansible_collections.pve.drs.plugins.module_utils.core.merged import merged_bytes
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History
from ansible_collections.pve.drs.plugins.module_utils.core.score.efficiency import MemoryStrain, memory_efficiency

HOUR_SECONDS = 3600.0
STALLED = "memory_full"
# A guest with less free memory than this share of its least is short of it.
SHORT = 0.25
PERCENT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryView:
    """A node as its guests find it: `used` bytes of it, the most that policy allows as a share of `room`, and the past."""

    node: Node
    used: float
    most: float
    history: History

    @property
    def room(self) -> float:
        """What the host leaves to guests (drs-model 2.2)."""
        size = self.node.capacity.memory if self.node.capacity else 0.0
        return max(0.0, size - max(GIB, RESERVE_SHARE * size))

    @property
    def headroom(self) -> float:
        return max(0.0, self.most * self.room - self.used)


def memory_scores(view: MemoryView, guests: Sequence[Guest], weights: Sequence[float]) -> dict[int, float]:
    """By vmid; what they hold is met by weight, where the node has not room for all."""
    held = _held(view.node, guests)
    claims = [Claim(weight=weight, high=amount) for weight, amount in zip(weights, held, strict=True)]
    granted = held if view.used <= view.room else divvy(view.room, claims)
    return {
        guest.vmid: memory_efficiency(share / amount if amount else 1.0, _strain(view, guest))
        for guest, share, amount in zip(guests, granted, held, strict=True)
    }


def memory_unknown(view: MemoryView, guest: Guest) -> Iterator[str]:
    """What takes nothing away only because it is not known."""
    if _swapped(view) is None:
        yield "swap"
    if not _stalls(view, guest):
        yield "pressure"
    if _deflated(view.node, guest) is None:
        yield "balloon"
    if _burst(view.history, guest) is None:
        yield "bursts"


def _held(node: Node, guests: Sequence[Guest]) -> tuple[float, ...]:
    """Bytes that the guests hold, pages included that the host has merged; those belong to VMs by their size."""
    merged = merged_bytes(node, guests)
    return tuple(guest.demand.memory + merged[guest.vmid] for guest in guests)


def _strain(view: MemoryView, guest: Guest) -> MemoryStrain:
    burst = _burst(view.history, guest) or 0.0
    return MemoryStrain(
        deflated=_deflated(view.node, guest) or 0.0,
        swapped=_swapped(view) or 0.0,
        stalled=max(_stalls(view, guest), default=0.0) / PERCENT,
        shortfall=max(0.0, 1.0 - view.headroom / burst) if burst else 0.0,
    )


def _deflated(node: Node, guest: Guest) -> float | None:
    """Share of its memory that a guest gave back although it is short of it by pvestatd's own measure.

    A machine without a balloon that PVE changes is none in the list of its node, which comes with the details of the node.
    """
    balloon = guest.balloon
    if balloon is None:
        return None if guest.type == "qemu" and node.details is None else 0.0
    given = max(0.0, guest.size.memory - balloon.bytes)
    if not given:
        return 0.0
    if balloon.free_bytes is None:
        return None
    return given / guest.size.memory if balloon.free_bytes < SHORT * balloon.least_bytes else 0.0


def _swapped(view: MemoryView) -> float | None:
    """Share of what the node holds that is in swap."""
    swapped = view.node.details.swap_used_bytes if view.node.details else None
    return None if swapped is None else swapped / (view.used + swapped) if swapped else 0.0


def _stalls(view: MemoryView, guest: Guest) -> tuple[float, ...]:
    """Percent of the time that everything waits for memory, in the node and, where it is, in the guest."""
    past = view.history.nodes.get(view.node.name)
    recorded = past.pressure[STALLED].values[-1:] if past and STALLED in past.pressure else ()
    own: Mapping[str, float] = (guest.pressure or {}) if guest.node == view.node.name else {}
    return (*recorded, own[STALLED]) if STALLED in own else recorded


def _burst(history: History, guest: Guest) -> float | None:
    """By how much the guest's memory exceeds its mean now and then, in the last hour."""
    past = history.guests.get(guest.vmid)
    hour = past.memory.since(history.now - HOUR_SECONDS) if past else None
    high, middle = (percentile(hour), mean(hour)) if hour else (None, None)
    return None if high is None or middle is None else max(0.0, high - middle)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How much of what a guest wants it gets: cpu, memory, network (drs-model 4.4 to 4.6). Every result is 0.01 to 1."""

from __future__ import annotations

from dataclasses import dataclass

LEAST = 0.01
READY_FROM = 0.7
READY_MOST = 0.3
REMOTE_MEMORY_LOSS = 0.05
SHORTFALL_LOSS = 0.2
BUSY_LINK = 0.8


def ready(demand: float) -> float:
    """Share of the time that a guest waits for a core, where guests want `demand` times the cores of a node."""
    return READY_MOST * _between_0_and_1((demand - READY_FROM) / (1.0 - READY_FROM)) ** 2


def cpu_efficiency(granted: float, demand: float, *, spans_sockets: bool) -> float:
    """`granted` is the share of the guest's own demand that it gets, `demand` as in ready."""
    remote = REMOTE_MEMORY_LOSS if spans_sockets else 0.0
    return _clamped(min(1.0, granted) * (1.0 - ready(demand)) * (1.0 - remote))


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryStrain:
    """Shares, each 0 where nothing is wrong or nothing is known.

    `deflated`: of its memory that a guest short of it gave back; `swapped`: of the node's memory that is in swap;
    `stalled`: of the time that all of its tasks wait for memory; `shortfall`: of its bursts for which the node has no room.
    """

    deflated: float = 0.0
    swapped: float = 0.0
    stalled: float = 0.0
    shortfall: float = 0.0


def memory_efficiency(granted: float, strain: MemoryStrain) -> float:
    """`granted` is the share of what the guest holds that the node can back with memory [Ex 4.3]."""
    kept = (1.0 - strain.deflated / 2) * (1.0 - strain.swapped) * (1.0 - strain.stalled)
    return _clamped(min(1.0, granted) * kept * (1.0 - SHORTFALL_LOSS * strain.shortfall))


def network_efficiency(load: float | None) -> float:
    """Of a link that is used to `load` of its speed; one that is not known takes nothing away."""
    if load is None or load <= BUSY_LINK:
        return 1.0
    if load <= 1.0:
        return 1.0 - (load - BUSY_LINK) / (1.0 - BUSY_LINK) / 2
    return max(0.25, 0.5 / load)


def _clamped(value: float) -> float:
    return min(1.0, max(LEAST, value))


def _between_0_and_1(value: float) -> float:
    return min(1.0, max(0.0, value))

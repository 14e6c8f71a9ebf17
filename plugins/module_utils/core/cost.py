# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a migration takes: time, bytes and stand-still (drs-model 6.4)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.learned import LearnedGuest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Cost, Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy

SECURE_CHANNEL = 0.6
DOWNTIME_TARGET_SECONDS = 0.1
DIRTY_BYTES_PER_CORE = 50e6
# Of the bandwidth: QEMU slows down a guest that writes faster than it can be sent.
MOST_DIRTY = 0.9
OFFLINE_SECONDS = 3.0
RESTART_SECONDS = 20.0
SECONDS_PER_DOUBLING = 7.0


def move_cost(cluster: Cluster, policy: Policy, move: Move, streams: int) -> Cost:
    """Estimate while `streams` migrations share the link, by what finished migrations took where enough is known.

    The HA manager takes no limit of bandwidth.
    """
    guest, learned = cluster.guest_by_vmid[move.vmid], cluster.history.learned
    link = learned.rate(move.source, move.target) or policy.link_bytes * SECURE_CHANNEL
    share, limit = link / max(1, streams), 0.0 if guest.is_ha else policy.bandwidth_bytes
    return migration_cost(guest, min(share, limit) if limit else share, learned.guests.get(move.vmid))


def migration_cost(guest: Guest, bandwidth: float, known: LearnedGuest | None = None) -> Cost:
    """With so many bytes per second; `known` is what earlier migrations of the guest taught."""
    if not guest.is_active:
        return Cost(seconds=OFFLINE_SECONDS, bytes=0.0, downtime_seconds=0.0)
    if guest.type == "lxc":
        return Cost(seconds=RESTART_SECONDS, bytes=0.0, downtime_seconds=RESTART_SECONDS)
    memory = guest.demand.memory
    if known:
        sent = known.share * memory
        return precopy(sent, bandwidth, min(known.dirty, MOST_DIRTY * bandwidth), writable=sent)
    dirty = min(DIRTY_BYTES_PER_CORE * guest.demand.cpu, 0.5 * bandwidth)
    return precopy(memory, bandwidth, dirty, writable=0.5 * memory)


def precopy(memory: float, bandwidth: float, dirty: float, *, writable: float) -> Cost:
    """Rounds of copying what was dirtied meanwhile, until the rest fits the downtime [Ex 6.1].

    memory and writable in bytes, bandwidth and dirty in bytes per second.
    """
    remaining, sent, seconds = memory, 0.0, 0.0
    while True:
        sent += remaining
        seconds += remaining / bandwidth
        if remaining <= bandwidth * DOWNTIME_TARGET_SECONDS:
            return Cost(seconds=seconds, bytes=sent, downtime_seconds=remaining / bandwidth)
        dirtied = min(writable, dirty * remaining / bandwidth)
        if dirtied >= remaining:
            return _forced(remaining, sent, seconds, bandwidth)
        remaining = dirtied


def _forced(remaining: float, sent: float, seconds: float, bandwidth: float) -> Cost:
    """It never converges: PVE doubles the allowed downtime until the rest fits."""
    downtime = remaining / bandwidth
    doublings, limit = 0, DOWNTIME_TARGET_SECONDS
    while limit < downtime:
        doublings, limit = doublings + 1, limit * 2
    total = seconds + doublings * SECONDS_PER_DOUBLING
    return Cost(seconds=total, bytes=sent, downtime_seconds=downtime, converges=False)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a migration takes: time, bytes and stand-still (drs-model 6.4)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Cost
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy

SECURE_CHANNEL = 0.6
DOWNTIME_TARGET_SECONDS = 0.1
DIRTY_BYTES_PER_CORE = 50e6
OFFLINE_SECONDS = 3.0
RESTART_SECONDS = 20.0
SECONDS_PER_DOUBLING = 7.0


def cost_under(policy: Policy, guest: Guest, streams: int) -> Cost:
    """Estimate for one guest while `streams` migrations share its link. The HA manager takes no limit of bandwidth."""
    return migration_cost(guest, policy.link_bytes, streams, 0.0 if guest.is_ha else policy.bandwidth_bytes)


def migration_cost(guest: Guest, link_bytes: float, streams: int, limit: float = 0.0) -> Cost:
    """As `cost_under` says; speed of the link and limit of each migration in bytes per second, 0 for none."""
    if not guest.is_active:
        return Cost(seconds=OFFLINE_SECONDS, bytes=0.0, downtime_seconds=0.0)
    if guest.type == "lxc":
        return Cost(seconds=RESTART_SECONDS, bytes=0.0, downtime_seconds=RESTART_SECONDS)
    share = link_bytes * SECURE_CHANNEL / max(1, streams)
    bandwidth = min(share, limit) if limit else share
    dirty = min(DIRTY_BYTES_PER_CORE * guest.demand.cpu, 0.5 * bandwidth)
    return precopy(guest.demand.memory, bandwidth, dirty, writable=0.5 * guest.demand.memory)


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

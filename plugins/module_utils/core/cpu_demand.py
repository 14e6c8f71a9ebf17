# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What guests would use if they did not have to wait for a core (drs-model 2.5)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest

MOST_LOST = 0.9


def lost_share(some: float, full: float, vcpus: float) -> float:
    """Of the guest's capacity, from its pressure as fractions [Ex 2.5]: halfway between the least and the most."""
    least = max(full, some / vcpus)
    return min(MOST_LOST, (least + some) / 2)


def unhindered(used: float, most: float, lost: float) -> float:
    """Cores that it would use, at most all that it may have; what was measured is never cut [Ex 2.5]."""
    return max(used, min(most, used / (1.0 - lost)))


def cpu_demand(guest: Guest, speed: float) -> float:
    """In cores of speed 1; what the guest uses where its pressure is not known. Nobody wants more than `cpulimit`.

    `speed` is that of its node, whose cores its vCPUs are.
    """
    vcpus, pressure = guest.assigned.cpu, guest.pressure
    if not pressure or vcpus <= 0.0 or "cpu_some" not in pressure:
        return guest.demand.cpu
    lost = lost_share(pressure["cpu_some"] / 100.0, pressure.get("cpu_full", 0.0) / 100.0, vcpus)
    limit = guest.config.cpulimit if guest.config else None
    return unhindered(guest.demand.cpu, speed * min(vcpus, limit or vcpus), lost)


def cpu_demands(cluster: Cluster) -> dict[int, float]:
    """By vmid; guests that do not run want nothing."""
    speeds = {node.name: node.speed for node in cluster.nodes}
    return {
        guest.vmid: cpu_demand(guest, speeds.get(guest.node, 1.0)) if guest.is_active else 0.0
        for guest in cluster.guests
    }

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Busy cores on a node stay below `cpu_max` of its cores, the cost of the migration included."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.capacity import Capacity
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.cpu_demand import cpu_demands
from ansible_collections.pve.drs.plugins.module_utils.core.placement import MIGRATION_CPU


def build(given: Given) -> Capacity:
    """drs-model 3.3, cpu guard, with the core that a migration keeps busy (3.9, 6.4)."""
    wanted = cpu_demands(given.cluster)
    return Capacity(
        name="cpu_capacity",
        room={node.name: given.policy.cpu_max * node.capacity.cpu for node in given.cluster.nodes if node.capacity},
        amount=lambda used: used.cpu,
        need=lambda guest: max(guest.peak.cpu, wanted[guest.vmid]) + MIGRATION_CPU.cpu if guest.is_active else 0.0,
        show=lambda cores: f"{cores:.1f} cores",
    )

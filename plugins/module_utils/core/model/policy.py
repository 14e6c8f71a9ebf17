# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What to want: a policy is named data that chooses method, triggers, planners and limits."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may be done: moves per plan, and moves under way at once in all and for each node."""

    max_moves: int = 8
    max_parallel: int = 4
    max_parallel_per_node: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Shares are fractions of capacity (drs-model 3.3, 4.1), memory_reserve_share is kept for the host.

    `excluded_nodes` may lose guests but never gain any. `link_bytes` is the speed of the migration
    network in bytes per second.
    """

    name: str = "balance"
    method: str = "memory"
    planners: tuple[str, ...] = ("repair", "improve")
    balanciness: float = 0.10
    memory_max: float = 0.90
    cpu_max: float = 0.90
    excluded_nodes: frozenset[str] = frozenset()
    restart_containers: bool = False
    with_local_disks: bool = False
    rules: tuple[Rule, ...] = ()
    limits: Limits = Limits()
    link_bytes: float = 1.25e9
    explain: tuple[int, ...] = ()

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How uneven a cluster is in the eyes of Proxmox's balancer, in both generations (proxmox-crs 1, 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import fsum, sqrt

from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import CrsNode

RAW, NORMALISED = "raw", "normalised"


def imbalance(nodes: Iterable[CrsNode], generation: str) -> float:
    """Coefficient of variation of the loads, 0 to the root of nodes - 1; normalised, 0 to 1."""
    loads = [node.load for node in nodes]
    return scaled(raw(loads), len(loads), generation)


def raw(loads: Sequence[float]) -> float:
    """Population standard deviation / mean; 0 where there is nothing to compare."""
    count, total = len(loads), fsum(loads)
    if count <= 1 or total <= 0.0:
        return 0.0
    mean = total / count
    return sqrt(fsum((load - mean) ** 2 for load in loads) / count) / mean


def scaled(value: float, count: int, generation: str) -> float:
    """A raw value of so many nodes, as the generation counts it."""
    return value / sqrt(count - 1) if generation == NORMALISED and count > 1 else value

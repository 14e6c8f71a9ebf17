# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a level of shares stands for (drs-model 5.2)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU, HIGH, LOW, MEMORY, NORMAL

MIB = 2.0**20
LEVEL_FACTORS = {HIGH: 2.0, NORMAL: 1.0, LOW: 0.5}
# Of a guest: for each vCPU, and for each MiB of memory.
GUEST_SHARES = {CPU: 1000.0, MEMORY: 10.0 / MIB}
# Of a pool: those of a guest with 4 vCPUs and 16 GiB.
POOL_SHARES = {CPU: 4000.0, MEMORY: 163_840.0}


def guest_shares(shares: str | int, resource: str, size: float) -> float:
    """Of a guest of that size in cores or bytes; a number stands for itself [Ex 5.1]."""
    return GUEST_SHARES[resource] * size * LEVEL_FACTORS[shares] if isinstance(shares, str) else float(shares)


def pool_shares(shares: str | int, resource: str) -> float:
    """Of a pool, whatever is in it [Ex 5.1]."""
    return POOL_SHARES[resource] * level_of(shares, resource)


def level_of(shares: str | int, resource: str) -> float:
    """What a pool's shares are of normal ones: 1 for normal, 2 for high."""
    return LEVEL_FACTORS[shares] if isinstance(shares, str) else shares / POOL_SHARES[resource]


def guest_level(shares: str | int, resource: str, size: float) -> float:
    """What a guest's shares are of those of a normal guest of its size: 1 for normal, 2 for high."""
    if isinstance(shares, str):
        return LEVEL_FACTORS[shares]
    return shares / (GUEST_SHARES[resource] * size) if size else 1.0

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""For how long a load can be expected to stay as it is (drs-model 6.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources

LEAST_SECONDS, MOST_SECONDS, UNKNOWN_SECONDS = 60.0, 3600.0, 300.0
LEAST_SAMPLES = 10
SAMPLE_SECONDS = 60.0
NEAR_SHARE = 0.25
NEAR_CORES = 0.25
NEAR_MEMORY_SHARE = 0.05


def move_seconds(cluster: Cluster, moves: Iterable[Move]) -> float:
    """What guests, source and target have in common; at least a minute, at most an hour."""
    known: list[float] = []
    for move in moves:
        guest = cluster.guest_by_vmid[move.vmid]
        known.append(_seconds(cluster.history.guests.get(move.vmid), guest.size))
        for name in (move.source, move.target):
            capacity = cluster.node_by_name[name].capacity or NOTHING
            known.append(_seconds(cluster.history.nodes.get(name), capacity))
    return min(MOST_SECONDS, max(LEAST_SECONDS, min(known)))


def _seconds(past: ObjectHistory | None, size: Resources) -> float:
    """Of cpu and of memory the shorter one."""
    if past is None:
        return UNKNOWN_SECONDS
    return min(
        stable_seconds(past.cpu.values, NEAR_CORES),
        stable_seconds(past.memory.values, NEAR_MEMORY_SHARE * size.memory),
    )


def stable_seconds(values: Sequence[float], near: float) -> float:
    """How long one-minute values have been about what the newest is, within a quarter or `near` [Ex 6.2]."""
    if len(values) < LEAST_SAMPLES:
        return UNKNOWN_SECONDS
    newest = values[-1]
    allowed = max(NEAR_SHARE * abs(newest), near)
    run = 0
    for value in reversed(values):
        if abs(value - newest) > allowed:
            break
        run += 1
    return run * SAMPLE_SECONDS

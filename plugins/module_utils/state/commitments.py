# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that were started a short while ago, for runs to come (drs-model 8.3)."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Commitment
from ansible_collections.pve.drs.plugins.module_utils.core.place.commitments import is_spent
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile

QUERY = "SELECT vmid, node, cpu_cores, memory_bytes, time FROM commitments WHERE cluster = ? ORDER BY vmid"
PUT = (
    "INSERT OR REPLACE INTO commitments (cluster, vmid, node, cpu_cores, memory_bytes, time) VALUES (?, ?, ?, ?, ?, ?)"
)
REMOVE = "DELETE FROM commitments WHERE cluster = ? AND vmid = ?"


def recall_commitments(state: StateFile, cluster: str) -> tuple[Commitment, ...]:
    """In order of vmid. Raises StateUnusable."""
    return tuple(
        Commitment(vmid=vmid, node=node, expected=Resources(cpu, memory), time=time)
        for vmid, node, cpu, memory, time in state.rows(QUERY, cluster)
    )


def remember_commitments(state: StateFile, cluster: str, made: Iterable[Commitment], now: float) -> None:
    """In the place of older ones of the same guests; those that say nothing any more are forgotten. Raises StateUnusable."""
    rows = [(cluster, one.vmid, one.node, one.expected.cpu, one.expected.memory, one.time) for one in made]
    if not rows or state.is_read_only:
        return
    spent = [(cluster, one.vmid) for one in recall_commitments(state, cluster) if is_spent(one, now)]
    with state.transaction() as database:
        database.executemany(REMOVE, spent)
        database.executemany(PUT, rows)


def forget_commitments(state: StateFile, cluster: str, vmids: Iterable[int]) -> None:
    """Of guests that did not start; unknown ones are passed over. Raises StateUnusable."""
    rows = [(cluster, vmid) for vmid in vmids]
    if rows and not state.is_read_only:
        with state.transaction() as database:
            database.executemany(REMOVE, rows)

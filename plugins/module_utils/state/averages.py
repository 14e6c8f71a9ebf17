# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Moving averages of nodes and guests, for the next run to go on from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.sample import Sample
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile

# Averages that another run wrote while this one was under way are kept; later ones can only be a clock that was wrong.
BESIDE_SECONDS = 600.0
NODE, GUEST = "node/", "guest/"


def recall_averages(state: StateFile, cluster: str) -> Sample | None:
    """Those that an earlier run left, or None. Raises StateUnusable."""
    rows = state.rows("SELECT object, time, cpu_cores, memory_bytes FROM averages WHERE cluster = ?", cluster)
    return _sample(rows) if rows else None


def remember_averages(state: StateFile, cluster: str, sample: Sample) -> None:
    """Put these in the place of the cluster's earlier averages. Raises StateUnusable."""
    if state.is_read_only:
        return
    with state.transaction() as database:
        if not _is_outrun(database, cluster, sample.time):
            database.execute("DELETE FROM averages WHERE cluster = ?", (cluster,))
            database.executemany("INSERT INTO averages VALUES (?, ?, ?, ?, ?)", _rows(cluster, sample))


def _is_outrun(database: sqlite3.Connection, cluster: str, time: float) -> bool:
    """A run that began later may have ended earlier."""
    (newest,) = database.execute("SELECT MAX(time) FROM averages WHERE cluster = ?", (cluster,)).fetchone()
    return newest is not None and 0.0 <= newest - time <= BESIDE_SECONDS


def _rows(cluster: str, sample: Sample) -> Iterator[tuple[str, str, float, float, float]]:
    named = {f"{NODE}{name}": use for name, use in sample.nodes.items()}
    named |= {f"{GUEST}{vmid}": use for vmid, use in sample.guests.items()}
    for name, use in named.items():
        yield cluster, name, sample.time, use.cpu, use.memory


def _sample(rows: list[tuple[str, float, float, float]]) -> Sample:
    found = {name: Resources(cpu, memory) for name, _time, cpu, memory in rows}
    return Sample(
        time=max(time for _name, time, _cpu, _memory in rows),
        nodes={name.removeprefix(NODE): use for name, use in found.items() if name.startswith(NODE)},
        guests={int(name.removeprefix(GUEST)): use for name, use in found.items() if name.startswith(GUEST)},
    )

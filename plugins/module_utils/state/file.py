# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What outlives a run: one SQLite file, which several runs may use at once. It holds no secrets."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.pve.drs.plugins.module_utils.core.errors import StateUnusable
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.sample import Sample

# Written into the file, so that no other database is taken for ours.
APPLICATION = 0x70764452
VERSION = 1
SCHEMA = (
    """CREATE TABLE averages (
        cluster TEXT NOT NULL, object TEXT NOT NULL, time REAL NOT NULL, cpu_cores REAL NOT NULL,
        memory_bytes REAL NOT NULL, PRIMARY KEY (cluster, object)
    ) WITHOUT ROWID""",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)
WAIT_SECONDS = 20.0
# Averages that another run wrote while this one was under way are kept; later ones can only be a clock that was wrong.
BESIDE_SECONDS = 600.0
NODE, GUEST = "node/", "guest/"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFile:
    """Several clusters may share a file; their names tell them apart. A read-only one is never written or created."""

    path: Path
    is_read_only: bool

    def recall(self, cluster: str) -> Sample | None:
        """The averages that an earlier run left, or None. Raises StateUnusable, also where none could be left."""
        if not self.path.exists():
            self._require_folder()
            return None
        query = "SELECT object, time, cpu_cores, memory_bytes FROM averages WHERE cluster = ?"
        with self._opened() as database:
            rows = database.execute(query, (cluster,)).fetchall() if _is_ours(database, self.path) else []
        return _sample(rows) if rows else None

    def remember(self, cluster: str, sample: Sample) -> None:
        """Put these in the place of the cluster's earlier averages. Raises StateUnusable."""
        if self.is_read_only:
            return
        with self._created() as database:
            database.execute("BEGIN IMMEDIATE")
            if not _is_ours(database, self.path):
                for statement in SCHEMA:
                    database.execute(statement)
            if not _is_outrun(database, cluster, sample.time):
                database.execute("DELETE FROM averages WHERE cluster = ?", (cluster,))
                database.executemany("INSERT INTO averages VALUES (?, ?, ?, ?, ?)", _rows(cluster, sample))
            database.execute("COMMIT")

    def _require_folder(self) -> None:
        """Better now than after a minute of samples."""
        folder = self.path.absolute().parent
        if not self.is_read_only and not os.access(folder, os.W_OK | os.X_OK):
            raise StateUnusable(f"state_path {self.path} cannot be created: {folder} is missing, or may not be written")

    @contextmanager
    def _created(self) -> Iterator[sqlite3.Connection]:
        """Readable by its owner only, like everything that a balancer leaves behind."""
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise StateUnusable(f"state_path {self.path} cannot be written: {error.strerror}") from error
        with self._opened() as database:
            yield database

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A file that is written is opened for writing even to read it: what a killed run left half done is undone then."""
        mode = "ro" if self.is_read_only else "rw"
        try:
            address = f"{self.path.absolute().as_uri()}?mode={mode}"
            database = sqlite3.connect(address, uri=True, timeout=WAIT_SECONDS, isolation_level=None)
            try:
                yield database
            finally:
                database.close()
        except sqlite3.Error as error:
            raise StateUnusable(f"state_path {self.path} cannot be used: {error}") from error


def _is_ours(database: sqlite3.Connection, path: Path) -> bool:
    """False for an empty file. Raises StateUnusable for anything but a file of this version."""
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if not application and not tables:
        return False
    if application != APPLICATION:
        raise StateUnusable(f"state_path {path} is a database of something else; name another file")
    if version != VERSION:
        raise StateUnusable(
            f"state_path {path} has version {version}, this pve.drs knows version {VERSION}; name another file, or upgrade"
        )
    return True


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

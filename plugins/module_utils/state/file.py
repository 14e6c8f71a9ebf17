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
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import StateUnusable
from ansible_collections.pve.drs.plugins.module_utils.state.schema import VERSION, upgrade, version_of

WAIT_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFile:
    """Several clusters may share a file; their names tell them apart. A read-only one is never written or created."""

    path: Path
    is_read_only: bool

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """None where no run left anything yet. Raises StateUnusable, also where none could be left."""
        if not self.path.exists():
            self._require_folder()
            return []
        with self._opened() as database:
            version = version_of(database, self.path)
            if version < VERSION and not self._has_table(database, query):
                return []
            return database.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is written in it, or nothing; the file is created, or upgraded. Raises StateUnusable."""
        with self._created() as database:
            database.execute("BEGIN IMMEDIATE")
            version = version_of(database, self.path)
            if version < VERSION:
                upgrade(database, version)
            yield database
            database.execute("COMMIT")

    def _has_table(self, database: sqlite3.Connection, query: str) -> bool:
        """A file of an earlier version lacks the newer ones, and so does an empty file."""
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return not names.isdisjoint(query.split())

    def _require_folder(self) -> None:
        """Better now than after a minute of samples."""
        folder = self.path.absolute().parent
        if not self.is_read_only and not os.access(folder, os.W_OK | os.X_OK):
            raise StateUnusable(f"state_path {self.path} cannot be created: {folder} is missing, or may not be written")

    @contextmanager
    def _created(self) -> Iterator[sqlite3.Connection]:
        """Readable by its owner only, like everything that a balancer leaves behind."""
        if not self.path.exists():
            self._require_folder()
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
            raise StateUnusable(f"state_path {self.path} cannot be used: {error}{self._hint()}") from error

    def _hint(self) -> str:
        """What was left half done can only be undone by writing."""
        has_journal = self.path.with_name(f"{self.path.name}-journal").exists()
        left = "; a run was killed while it wrote to it; the next run that may write mends that"
        return left if self.is_read_only and has_journal else ""

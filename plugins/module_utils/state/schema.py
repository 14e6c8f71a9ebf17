# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The tables of the state file, by the version that brought them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ansible_collections.pve.drs.plugins.module_utils.core.errors import StateUnusable

# Written into the file, so that no other database is taken for ours.
APPLICATION = 0x70764452
UPGRADES: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE averages (
            cluster TEXT NOT NULL, object TEXT NOT NULL, time REAL NOT NULL, cpu_cores REAL NOT NULL,
            memory_bytes REAL NOT NULL, PRIMARY KEY (cluster, object)
        ) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE holds (
            cluster TEXT NOT NULL, reason TEXT NOT NULL, runs INTEGER NOT NULL, time REAL NOT NULL,
            PRIMARY KEY (cluster, reason)
        ) WITHOUT ROWID""",
        """CREATE TABLE habits (
            cluster TEXT NOT NULL, vmid INTEGER NOT NULL, time REAL NOT NULL, habit TEXT NOT NULL,
            PRIMARY KEY (cluster, vmid)
        ) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE runs (
            run TEXT NOT NULL PRIMARY KEY, cluster TEXT NOT NULL, command TEXT NOT NULL, owner TEXT NOT NULL,
            began REAL NOT NULL, ended REAL, policy TEXT NOT NULL, method TEXT NOT NULL, fingerprint TEXT NOT NULL,
            triggers TEXT NOT NULL, planned INTEGER NOT NULL, result TEXT NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX runs_by_cluster ON runs (cluster, began)",
        """CREATE TABLE moves (
            run TEXT NOT NULL, number INTEGER NOT NULL, vmid INTEGER NOT NULL, name TEXT NOT NULL,
            source TEXT NOT NULL, target TEXT NOT NULL, mode TEXT NOT NULL, category TEXT NOT NULL,
            reason TEXT NOT NULL, source_before REAL, source_after REAL, target_before REAL, target_after REAL,
            status TEXT NOT NULL, end_reason TEXT NOT NULL, began REAL, seconds REAL NOT NULL, bytes REAL,
            upid TEXT, PRIMARY KEY (run, number)
        ) WITHOUT ROWID""",
        """CREATE TABLE flights (
            cluster TEXT NOT NULL, vmid INTEGER NOT NULL, run TEXT NOT NULL, number INTEGER NOT NULL,
            source TEXT NOT NULL, target TEXT NOT NULL, began REAL NOT NULL, sid TEXT, is_ha INTEGER,
            known TEXT NOT NULL, upid TEXT, PRIMARY KEY (cluster, vmid)
        ) WITHOUT ROWID""",
        """CREATE TABLE homes (
            cluster TEXT NOT NULL, vmid INTEGER NOT NULL, node TEXT NOT NULL, target TEXT NOT NULL,
            was_running INTEGER NOT NULL, time REAL NOT NULL, PRIMARY KEY (cluster, vmid)
        ) WITHOUT ROWID""",
        """CREATE TABLE evacuations (
            cluster TEXT NOT NULL, node TEXT NOT NULL, phase TEXT NOT NULL, time REAL NOT NULL, detail TEXT NOT NULL,
            PRIMARY KEY (cluster, node)
        ) WITHOUT ROWID""",
        """CREATE TABLE locks (
            cluster TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, process TEXT NOT NULL, token TEXT NOT NULL,
            taken REAL NOT NULL, expires REAL NOT NULL
        ) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE transfers (
            cluster TEXT NOT NULL, run TEXT NOT NULL, number INTEGER NOT NULL, vmid INTEGER NOT NULL,
            source TEXT NOT NULL, target TEXT NOT NULL, began REAL NOT NULL, memory REAL NOT NULL,
            bytes REAL NOT NULL, seconds REAL NOT NULL, streams REAL NOT NULL, PRIMARY KEY (run, number)
        ) WITHOUT ROWID""",
        "CREATE INDEX transfers_by_cluster ON transfers (cluster, began)",
    ),
    (
        """CREATE TABLE settings (
            cluster TEXT NOT NULL, vmid INTEGER NOT NULL, option TEXT NOT NULL, before TEXT, written TEXT NOT NULL,
            earlier TEXT, time REAL NOT NULL, declaration TEXT NOT NULL, PRIMARY KEY (cluster, vmid, option)
        ) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE commitments (
            cluster TEXT NOT NULL, vmid INTEGER NOT NULL, node TEXT NOT NULL, cpu_cores REAL NOT NULL,
            memory_bytes REAL NOT NULL, time REAL NOT NULL, PRIMARY KEY (cluster, vmid)
        ) WITHOUT ROWID""",
    ),
)
VERSION = len(UPGRADES)


def version_of(database: sqlite3.Connection, path: Path) -> int:
    """0 for an empty file. Raises StateUnusable for anything but a file of this version, or an earlier one."""
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if not application and not tables:
        return 0
    if application != APPLICATION:
        raise StateUnusable(f"state_path {path} is a database of something else; name another file")
    if not 0 < version <= VERSION:
        raise StateUnusable(
            f"state_path {path} has version {version}, this pve.drs knows version {VERSION}; name another file, or upgrade"
        )
    return int(version)


def upgrade(database: sqlite3.Connection, version: int) -> None:
    """Within the transaction of the caller, so that a run that is killed leaves the file as it was."""
    for statements in UPGRADES[version:]:
        for statement in statements:
            database.execute(statement)
    database.execute(f"PRAGMA application_id = {APPLICATION}")
    database.execute(f"PRAGMA user_version = {VERSION}")

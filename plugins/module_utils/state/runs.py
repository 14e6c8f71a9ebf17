# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Runs and their moves, each written in one transaction with what it makes of the moves in flight.

Of every cluster the last 200 runs of the last 90 days are kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import RUNNING
from ansible_collections.pve.drs.plugins.module_utils.core.model.record import (
    KILLED,
    OPEN,
    MoveRecord,
    Record,
    RunRecord,
)
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.rows import made, put, select

KEPT_RUNS = 200
KEPT_SECONDS = 90 * 24 * 3600.0
RUNS = select(RunRecord, "runs") + "WHERE cluster = ? ORDER BY began DESC, run LIMIT ?"
STARTED = "WHERE run IN (SELECT run FROM runs WHERE cluster = ?) AND began IS NOT NULL "
MOVES = select(MoveRecord, "moves") + STARTED + "ORDER BY began DESC, run, number DESC LIMIT ?"
MOVE = select(MoveRecord, "moves") + "WHERE run = ? AND number = ?"
OLD_RUNS = """SELECT run FROM runs WHERE cluster = :cluster AND (began < :since OR run NOT IN
    (SELECT run FROM runs WHERE cluster = :cluster ORDER BY began DESC, run LIMIT :kept))
    AND run NOT IN (SELECT run FROM flights)"""


def recall_record(state: StateFile, cluster: str, most: int) -> Record:
    """At most so many runs, and so many moves that were started. Raises StateUnusable."""
    runs = (made(RunRecord, row) for row in state.rows(RUNS, cluster, most))
    moves = (made(MoveRecord, row) for row in state.rows(MOVES, cluster, most))
    told = (replace(run, triggers=tuple(json.loads(str(run.triggers)))) for run in runs)
    return Record(runs=tuple(told), moves=tuple(moves))


def recall_move(state: StateFile, run: str, number: int) -> MoveRecord | None:
    """One move. Raises StateUnusable."""
    return next((made(MoveRecord, row) for row in state.rows(MOVE, run, number)), None)


def record_run(state: StateFile, record: RunRecord) -> None:
    """A run begins. Raises StateUnusable."""
    with state.transaction() as database:
        put(database, "runs", asdict(record) | {"triggers": json.dumps(record.triggers)})


def record_move(state: StateFile, cluster: str, record: MoveRecord) -> None:
    """A move has its result; it stays in flight where that is that it still runs. Raises StateUnusable."""
    with state.transaction() as database:
        _put_move(database, cluster, record)


def end_run(state: StateFile, run: RunRecord, moves: Iterable[MoveRecord], now: float) -> None:
    """A run has ended, with the results of its moves as they were confirmed; what is too old goes. Raises StateUnusable."""
    with state.transaction() as database:
        put(database, "runs", asdict(run) | {"triggers": json.dumps(run.triggers)})
        for move in moves:
            _put_move(database, run.cluster, move)
        _prune(database, run.cluster, now)


def close_runs(state: StateFile, cluster: str, now: float) -> int:
    """Runs that were killed have ended when they were found; gives how many. Raises StateUnusable."""
    statement = "UPDATE runs SET result = ?, ended = ? WHERE cluster = ? AND result = ?"
    with state.transaction() as database:
        return database.execute(statement, (KILLED, now, cluster, OPEN)).rowcount


def _put_move(database: sqlite3.Connection, cluster: str, record: MoveRecord) -> None:
    put(database, "moves", asdict(record))
    if record.status != RUNNING:
        ended = (cluster, record.vmid, record.run, record.number)
        database.execute("DELETE FROM flights WHERE cluster = ? AND vmid = ? AND run = ? AND number = ?", ended)


def _prune(database: sqlite3.Connection, cluster: str, now: float) -> None:
    """Runs with a move in flight stay: somebody will want to know what it was."""
    limits = {"cluster": cluster, "since": now - KEPT_SECONDS, "kept": KEPT_RUNS}
    old = database.execute(OLD_RUNS, limits).fetchall()
    database.executemany("DELETE FROM moves WHERE run = ?", old)
    database.executemany("DELETE FROM runs WHERE run = ?", old)

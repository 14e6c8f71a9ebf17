# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A process that writes is killed at any moment: the file holds all of an event or nothing, and others go on."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import StateUnusable
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.flights import recall_flights, record_flight
from ansible_collections.pve.drs.plugins.module_utils.state.runs import end_run, recall_record, record_move, record_run
from ansible_collections.pve.drs.plugins.module_utils.state.schema import APPLICATION, UPGRADES, VERSION
from ansible_collections.pve.drs.tests.unit.plugins.module_utils.state.test_runs import DONE, FLIGHT, MOVE, NOW, RUN

KILLS = 12
HERE = "ansible_collections.pve.drs.tests.unit.plugins.module_utils.state.test_crashes"


@pytest.fixture
def state(tmp_path):
    return StateFile(path=tmp_path / "state.db", is_read_only=False)


def write_on(path, name="r", *, turns=sys.maxsize):
    """Run after run, each with one move from its launch to its end; tells every event that is on disk."""
    state = StateFile(path=Path(path), is_read_only=False)
    for turn in range(turns):
        run = replace(RUN, run=f"{name}{turn}", began=NOW + turn)
        vmid = 100 + turn % 5
        move, flight = replace(MOVE, run=run.run, vmid=vmid), replace(FLIGHT, run=run.run, vmid=vmid)
        record_run(state, run)
        record_flight(state, "lab", flight, move)
        print(f"launched {run.run} {vmid}", flush=True)
        record_move(state, "lab", replace(DONE, run=run.run, vmid=vmid))
        print(f"ended {run.run} {vmid}", flush=True)
        end_run(state, replace(run, result="complete"), [replace(DONE, run=run.run, vmid=vmid)], NOW + turn)


def killed_after(state, name, seconds, tree):
    """What a writer has told when it is killed."""
    script = f"from {HERE} import write_on; write_on({str(state.path)!r}, {name!r})"
    known = os.environ | {"PYTHONPATH": str(tree)}
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=known)
    try:
        first = process.stdout.readline()
        time.sleep(seconds)
    finally:
        process.kill()
    rest, _unused = process.communicate()
    return [line.split() for line in (first + rest).splitlines() if line.count(" ") == 2]


def test_whatever_was_told_is_on_disk_however_the_writer_was_killed(state, collections_path):
    rng = random.Random(7)
    for turn in range(KILLS):
        told = killed_after(state, f"k{turn}-", rng.uniform(0.0, 0.05), collections_path)
        assert told
        event, run, vmid = told[-1]
        record = recall_record(state, "lab", 1000)
        with sqlite3.connect(state.path) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (move,) = [move for move in record.moves if move.run == run]
        assert move.vmid == int(vmid)
        assert move.status == "done" if event == "ended" else move.status in ("running", "done")
        running = {(move.run, move.vmid) for move in record.moves if move.status == "running"}
        # A later launch of the same guest by another writer takes the place of the flight, never of the move.
        assert {(flight.run, flight.vmid) for flight in recall_flights(state, "lab")} <= running


def test_readers_and_writers_side_by_side_see_whole_events(state):
    record_run(state, RUN)
    with ThreadPoolExecutor(5) as pool:
        writers = [pool.submit(write_on, state.path, name, turns=15) for name in ("a", "b")]
        looks = 0
        while not all(writer.done() for writer in writers):
            reader = StateFile(path=state.path, is_read_only=True)
            flights = recall_flights(reader, "lab")
            assert len({flight.vmid for flight in flights}) == len(flights)
            looks += 1
        for writer in writers:
            writer.result()
    assert looks > 0
    record = recall_record(state, "lab", 1000)
    assert sorted(run.result for run in record.runs) == ["complete"] * 30 + ["open"]
    assert [move.status for move in record.moves] == ["done"] * 30
    assert recall_flights(state, "lab") == ()


def tables_of(state):
    """The names of all tables of the file."""
    with sqlite3.connect(state.path) as database:
        return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


class Died(Exception):
    """In the middle of a transaction."""


@pytest.mark.parametrize("version", range(VERSION))
def test_an_upgrade_that_breaks_off_leaves_the_file_as_it_was(state, version, monkeypatch):
    if version:
        with sqlite3.connect(state.path) as database:
            for statements in (*UPGRADES[:version], [f"PRAGMA application_id = {APPLICATION}"]):
                for statement in statements:
                    database.execute(statement)
            database.execute(f"PRAGMA user_version = {version}")
    before = tables_of(state)
    broken = (*UPGRADES[:-1], (*UPGRADES[-1], "CREATE TABLE this is no statement"))
    with monkeypatch.context() as patched:
        patched.setattr("ansible_collections.pve.drs.plugins.module_utils.state.schema.UPGRADES", broken)
        with pytest.raises(StateUnusable, match="cannot be used"):
            record_run(state, RUN)
    with sqlite3.connect(state.path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (version,)
    assert tables_of(state) == before
    record_run(state, RUN)
    assert recall_record(state, "lab", 1).runs == (RUN,)


def test_an_event_is_written_as_a_whole_or_not_at_all(state):
    record_flight(state, "lab", FLIGHT, MOVE)

    def die_within():
        with state.transaction() as database:
            database.execute("DELETE FROM flights")
            raise Died

    with pytest.raises(Died):
        die_within()
    assert recall_flights(state, "lab") == (FLIGHT,)


def test_what_a_killed_writer_left_half_done_is_undone_by_whoever_may_write(state):
    """A journal beside the file is what a process leaves that is killed while it commits."""
    record_flight(state, "lab", FLIGHT, MOVE)
    script = (
        "import os, sqlite3, sys; d = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "d.execute('PRAGMA cache_size = 1'); d.execute('BEGIN IMMEDIATE'); d.execute('DELETE FROM flights'); "
        "d.execute('CREATE TABLE filler (x)'); "
        "[d.execute('INSERT INTO filler VALUES (zeroblob(4000))') for _ in range(300)]; os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(state.path)], check=False)
    assert state.path.with_name("state.db-journal").stat().st_size > 0
    with pytest.raises(StateUnusable, match="killed while it wrote to it; the next run that may write mends that"):
        recall_flights(replace(state, is_read_only=True), "lab")
    assert recall_flights(state, "lab") == (FLIGHT,)
    assert recall_flights(replace(state, is_read_only=True), "lab") == (FLIGHT,)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""One state file, several runs: what was kept comes back, and nothing else is harmed."""

import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import StateUnusable
from ansible_collections.pve.drs.plugins.module_utils.core.model.demand import NO_HABITS, Habit, Habits
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import Hold
from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Home
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.sample import Sample
from ansible_collections.pve.drs.plugins.module_utils.state.averages import recall_averages, remember_averages
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.habits import recall_habits, remember_habits
from ansible_collections.pve.drs.plugins.module_utils.state.holds import recall_holds, remember_holds
from ansible_collections.pve.drs.plugins.module_utils.state.homes import recall_homes, remember_homes
from ansible_collections.pve.drs.plugins.module_utils.state.schema import APPLICATION, UPGRADES, VERSION

A_HOME = Home(vmid=101, node="a", target="b", was_running=True, time=1000.0)
HABITS = Habits(time=1000.0, guests={101: Habit(3, (1.0, 1.5, 2.0), (0.1, 0.2, 0.3), -0.5)})


def a_sample(time=1000.0, cpu=1.5):
    return Sample(time=time, nodes={"a": Resources(cpu, 2.0**30)}, guests={101: Resources(0.25, 2.0**20)})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "with blank and #?%.db"


@pytest.fixture
def state(path):
    return StateFile(path=path, is_read_only=False)


def test_what_was_kept_comes_back(state):
    remember_averages(state, "lab", a_sample())
    assert recall_averages(state, "lab") == a_sample()


def test_clusters_are_told_apart(state):
    remember_averages(state, "lab", a_sample(cpu=1))
    remember_averages(state, "other", a_sample(cpu=2))
    assert [recall_averages(state, name).nodes["a"].cpu for name in ("lab", "other")] == [1, 2]
    assert recall_averages(state, "third") is None


def test_a_later_run_replaces_all_of_an_earlier_one(state):
    remember_averages(state, "lab", a_sample())
    remember_averages(state, "lab", Sample(time=1060.0, nodes={"b": Resources(1, 1)}))
    assert recall_averages(state, "lab") == Sample(time=1060.0, nodes={"b": Resources(1, 1)})


@pytest.mark.parametrize(("time", "kept"), [(990.0, 1000.0), (399.0, 399.0)], ids=["beside", "clock was wrong"])
def test_a_run_that_looked_earlier_does_not_overwrite_a_later_one(state, time, kept):
    remember_averages(state, "lab", a_sample())
    remember_averages(state, "lab", a_sample(time=time))
    assert recall_averages(state, "lab").time == kept


def test_nothing_kept_is_no_error(state, path):
    assert recall_averages(state, "lab") is None
    assert not path.exists()


def test_a_read_only_state_is_neither_created_nor_changed(state, path):
    reader = StateFile(path=path, is_read_only=True)
    remember_averages(reader, "lab", a_sample())
    assert not path.exists()
    remember_averages(state, "lab", a_sample())
    before = path.read_bytes()
    remember_averages(reader, "lab", a_sample(time=2000.0))
    assert recall_averages(reader, "lab") == a_sample()
    assert path.read_bytes() == before


def test_only_its_owner_may_read_it(state, path):
    remember_averages(state, "lab", a_sample())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _foreign(path):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE averages (x)")


def _newer(path):
    remember_averages(StateFile(path=path, is_read_only=False), "lab", a_sample())
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")


UNUSABLE = {
    "no database": (lambda path: path.write_text("hello " * 200), "cannot be used: file is not a database"),
    "another database": (_foreign, "is a database of something else; name another file"),
    "a newer one": (_newer, f"has version 99, this pve.drs knows version {VERSION}"),
    "a folder": (os.mkdir, "state_path .* cannot be"),
}


@pytest.mark.parametrize(("spoil", "says"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_file_that_is_none_of_ours_is_left_alone(state, path, spoil, says):
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StateUnusable, match=says):
        recall_averages(state, "lab")
    with pytest.raises(StateUnusable, match=says):
        remember_averages(state, "lab", a_sample())
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_folder_that_is_missing_is_named(tmp_path):
    state = StateFile(path=tmp_path / "gone" / "state.db", is_read_only=False)
    with pytest.raises(
        StateUnusable, match=r"gone/state.db cannot be created: .*gone is missing, or may not be written"
    ):
        recall_averages(state, "lab")
    with pytest.raises(StateUnusable, match=r"gone/state.db cannot be created: .*gone is missing"):
        remember_averages(state, "lab", a_sample())


def _keep(path, number):
    for turn in range(5):
        remember_averages(StateFile(path=path, is_read_only=False), f"cluster {number}", a_sample(time=1000.0 + turn))


def test_runs_side_by_side_lose_nothing(path):
    with ThreadPoolExecutor(4) as runs:
        list(runs.map(_keep, [path] * 4, range(4)))
    found = [recall_averages(StateFile(path=path, is_read_only=True), f"cluster {number}") for number in range(4)]
    assert [sample.time for sample in found] == [1004.0] * 4


def test_a_run_that_was_killed_while_it_wrote_is_undone(state, path):
    remember_averages(state, "lab", a_sample())
    unfinished = sqlite3.connect(path, isolation_level=None)
    unfinished.execute("BEGIN IMMEDIATE")
    unfinished.execute("DELETE FROM averages")
    unfinished.close()
    assert recall_averages(state, "lab") == a_sample()


HOLDS = {"balanciness": Hold(count=2, time=1000.0), "memory_capacity a": Hold(count=1, time=1000.0)}


def test_counts_of_runs_come_back_and_are_replaced(state):
    assert recall_holds(state, "lab") == {}
    remember_holds(state, "lab", HOLDS)
    assert recall_holds(state, "lab") == HOLDS
    assert recall_holds(state, "other") == {}
    remember_holds(state, "lab", {})
    assert recall_holds(state, "lab") == {}


def test_counts_are_not_written_where_nothing_may_be(path):
    remember_holds(StateFile(path=path, is_read_only=True), "lab", HOLDS)
    assert not path.exists()


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_file_of_an_earlier_version_is_read_and_then_upgraded(state, path, version):
    with sqlite3.connect(path) as database:
        for statements in (*UPGRADES[:version], [f"PRAGMA application_id = {APPLICATION}"]):
            for statement in statements:
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {version}")
        database.execute("INSERT INTO averages VALUES ('lab', 'node/a', 1000.0, 1.5, 1073741824.0)")
    reader = StateFile(path=path, is_read_only=True)
    assert recall_averages(reader, "lab").nodes == {"a": Resources(1.5, 2.0**30)}
    assert (recall_holds(reader, "lab"), recall_homes(reader, "lab")) == ({}, {})
    remember_holds(state, "lab", HOLDS)
    remember_homes(state, "lab", [A_HOME])
    assert (recall_holds(reader, "lab"), recall_homes(reader, "lab")) == (HOLDS, {101: A_HOME})
    assert recall_averages(reader, "lab").nodes == {"a": Resources(1.5, 2.0**30)}


def test_an_empty_file_holds_nothing_yet(state, path):
    path.touch()
    assert recall_averages(state, "lab") is None
    assert recall_holds(state, "lab") == {}


def test_habits_come_back(state, path):
    assert recall_habits(state, "lab") == NO_HABITS
    remember_habits(state, "lab", HABITS)
    remember_habits(state, "other", NO_HABITS)
    remember_habits(StateFile(path=path, is_read_only=True), "lab", NO_HABITS)
    assert recall_habits(state, "lab") == HABITS
    remember_habits(state, "lab", NO_HABITS)
    assert recall_habits(state, "lab") == NO_HABITS

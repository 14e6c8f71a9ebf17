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
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.sample import Sample
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile


def a_sample(time=1000.0, cpu=1.5):
    return Sample(time=time, nodes={"a": Resources(cpu, 2.0**30)}, guests={101: Resources(0.25, 2.0**20)})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "with blank and #?%.db"


@pytest.fixture
def state(path):
    return StateFile(path=path, is_read_only=False)


def test_what_was_kept_comes_back(state):
    state.remember("lab", a_sample())
    assert state.recall("lab") == a_sample()


def test_clusters_are_told_apart(state):
    state.remember("lab", a_sample(cpu=1))
    state.remember("other", a_sample(cpu=2))
    assert [state.recall(name).nodes["a"].cpu for name in ("lab", "other")] == [1, 2]
    assert state.recall("third") is None


def test_a_later_run_replaces_all_of_an_earlier_one(state):
    state.remember("lab", a_sample())
    state.remember("lab", Sample(time=1060.0, nodes={"b": Resources(1, 1)}))
    assert state.recall("lab") == Sample(time=1060.0, nodes={"b": Resources(1, 1)})


@pytest.mark.parametrize(("time", "kept"), [(990.0, 1000.0), (399.0, 399.0)], ids=["beside", "clock was wrong"])
def test_a_run_that_looked_earlier_does_not_overwrite_a_later_one(state, time, kept):
    state.remember("lab", a_sample())
    state.remember("lab", a_sample(time=time))
    assert state.recall("lab").time == kept


def test_nothing_kept_is_no_error(state, path):
    assert state.recall("lab") is None
    assert not path.exists()


def test_a_read_only_state_is_neither_created_nor_changed(state, path):
    reader = StateFile(path=path, is_read_only=True)
    reader.remember("lab", a_sample())
    assert not path.exists()
    state.remember("lab", a_sample())
    before = path.read_bytes()
    reader.remember("lab", a_sample(time=2000.0))
    assert reader.recall("lab") == a_sample()
    assert path.read_bytes() == before


def test_only_its_owner_may_read_it(state, path):
    state.remember("lab", a_sample())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _foreign(path):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE averages (x)")


def _newer(path):
    StateFile(path=path, is_read_only=False).remember("lab", a_sample())
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 2")


UNUSABLE = {
    "no database": (lambda path: path.write_text("hello " * 200), "cannot be used: file is not a database"),
    "another database": (_foreign, "is a database of something else; name another file"),
    "a newer one": (_newer, "has version 2, this pve.drs knows version 1"),
    "a folder": (os.mkdir, "state_path .* cannot be"),
}


@pytest.mark.parametrize(("spoil", "says"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_file_that_is_none_of_ours_is_left_alone(state, path, spoil, says):
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StateUnusable, match=says):
        state.recall("lab")
    with pytest.raises(StateUnusable, match=says):
        state.remember("lab", a_sample())
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_folder_that_is_missing_is_named(tmp_path):
    state = StateFile(path=tmp_path / "gone" / "state.db", is_read_only=False)
    with pytest.raises(
        StateUnusable, match=r"gone/state.db cannot be created: .*gone is missing, or may not be written"
    ):
        state.recall("lab")
    with pytest.raises(StateUnusable, match=r"gone/state.db cannot be written: No such file or directory"):
        state.remember("lab", a_sample())


def _keep(path, number):
    for turn in range(5):
        StateFile(path=path, is_read_only=False).remember(f"cluster {number}", a_sample(time=1000.0 + turn))


def test_runs_side_by_side_lose_nothing(path):
    with ThreadPoolExecutor(4) as runs:
        list(runs.map(_keep, [path] * 4, range(4)))
    found = [StateFile(path=path, is_read_only=True).recall(f"cluster {number}") for number in range(4)]
    assert [sample.time for sample in found] == [1004.0] * 4


def test_a_run_that_was_killed_while_it_wrote_is_undone(state, path):
    state.remember("lab", a_sample())
    unfinished = sqlite3.connect(path, isolation_level=None)
    unfinished.execute("BEGIN IMMEDIATE")
    unfinished.execute("DELETE FROM averages")
    unfinished.close()
    assert state.recall("lab") == a_sample()

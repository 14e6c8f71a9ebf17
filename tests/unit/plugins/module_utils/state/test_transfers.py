# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is kept of finished migrations, and for how long."""

import sqlite3
from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.learned import Transfer
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.transfers import (
    KEPT_SECONDS,
    KEPT_TRANSFERS,
    recall_transfers,
    record_transfers,
)

NOW = 1_000_000_000.0
ONE = Transfer(
    run="r", number=1, vmid=101, source="a", target="b", began=NOW, memory=4e9, bytes=5e9, seconds=9.0, streams=1.5
)


@pytest.fixture
def state(tmp_path):
    return StateFile(path=tmp_path / "state.db", is_read_only=False)


def test_the_newest_comes_first_and_clusters_are_told_apart(state):
    later = replace(ONE, number=2, began=NOW + 10)
    record_transfers(state, "lab", [ONE, later], NOW)
    record_transfers(state, "other", [replace(ONE, run="s")], NOW)
    assert recall_transfers(state, "lab") == (later, ONE)
    assert recall_transfers(replace(state, is_read_only=True), "other") == (replace(ONE, run="s"),)


def test_nothing_is_known_where_nothing_was_kept(state):
    assert recall_transfers(state, "lab") == ()
    sqlite3.connect(state.path).close()
    assert recall_transfers(state, "lab") == ()


def test_old_ones_go_and_so_do_those_beyond_the_last_five_hundred(state):
    record_transfers(state, "other", [replace(ONE, run="s")], NOW)
    record_transfers(state, "lab", [replace(ONE, began=NOW - KEPT_SECONDS - 1), replace(ONE, number=2)], NOW)
    assert [one.number for one in recall_transfers(state, "lab")] == [2]
    many = [replace(ONE, run="t", number=number, began=NOW + 1 + number) for number in range(KEPT_TRANSFERS)]
    record_transfers(state, "lab", many, NOW)
    with sqlite3.connect(state.path) as database:
        kept = dict(database.execute("SELECT cluster, COUNT(*) FROM transfers GROUP BY cluster"))
    assert kept == {"lab": KEPT_TRANSFERS, "other": 1}
    assert {one.run for one in recall_transfers(state, "lab")} == {"t"}

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Homes and evacuations outlive a run, cluster by cluster."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Evacuation, Home
from ansible_collections.pve.drs.plugins.module_utils.state.evacuations import recall_evacuations, remember_evacuation
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.homes import forget_homes, recall_homes, remember_homes

HOME = Home(vmid=101, node="a", target="b", was_running=True, time=1000.0)
OFF = Home(vmid=102, node="a", target="c", was_running=False, time=1000.5)
DRAINING = Evacuation(node="a", phase="draining", time=1000.0, detail="2 of 7 waves")


@pytest.fixture
def state(tmp_path):
    return StateFile(path=tmp_path / "state.db", is_read_only=False)


def test_homes_come_back_and_are_told_apart_by_cluster(state):
    remember_homes(state, "lab", [HOME, OFF])
    assert recall_homes(state, "lab") == {101: HOME, 102: OFF}
    assert recall_homes(state, "other") == {}


def test_a_home_is_replaced_and_those_of_others_stay(state):
    remember_homes(state, "lab", [HOME, OFF])
    remember_homes(state, "lab", [replace(HOME, target="c")])
    assert recall_homes(state, "lab") == {101: replace(HOME, target="c"), 102: OFF}


def test_homes_are_forgotten_one_by_one(state):
    remember_homes(state, "lab", [HOME, OFF])
    remember_homes(state, "other", [HOME])
    forget_homes(state, "lab", [101, 999])
    assert recall_homes(state, "lab") == {102: OFF}
    assert recall_homes(state, "other") == {101: HOME}


def test_evacuations_come_back_and_are_replaced_by_node(state):
    remember_evacuation(state, "lab", DRAINING)
    remember_evacuation(state, "lab", Evacuation(node="b", phase="drained", time=1.0))
    remember_evacuation(state, "lab", replace(DRAINING, phase="drained", detail=""))
    assert recall_evacuations(state, "lab") == {
        "a": replace(DRAINING, phase="drained", detail=""),
        "b": Evacuation(node="b", phase="drained", time=1.0),
    }
    assert recall_evacuations(state, "other") == {}


def test_a_read_only_state_is_not_written(state):
    reader = replace(state, is_read_only=True)
    remember_homes(reader, "lab", [HOME])
    forget_homes(reader, "lab", [101])
    remember_evacuation(reader, "lab", DRAINING)
    assert not state.path.exists()


def test_nothing_to_say_creates_no_file(state):
    remember_homes(state, "lab", [])
    forget_homes(state, "lab", [])
    assert not state.path.exists()

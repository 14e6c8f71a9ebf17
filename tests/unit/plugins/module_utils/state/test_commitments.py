# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Commitments outlive a run, cluster by cluster, and are forgotten when they say nothing any more."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Commitment
from ansible_collections.pve.drs.plugins.module_utils.core.place.commitments import SPENT_SECONDS
from ansible_collections.pve.drs.plugins.module_utils.state.commitments import (
    forget_commitments,
    recall_commitments,
    remember_commitments,
)
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile

ONE = Commitment(vmid=101, node="a", expected=Resources(2.0, 4096.0), time=1000.0)
OTHER = Commitment(vmid=102, node="b", expected=Resources(0.5, 1024.0), time=1001.5)


@pytest.fixture
def state(tmp_path):
    return StateFile(path=tmp_path / "state.db", is_read_only=False)


def test_commitments_come_back_and_are_told_apart_by_cluster(state):
    remember_commitments(state, "lab", [OTHER, ONE], 1002.0)
    assert recall_commitments(state, "lab") == (ONE, OTHER)
    assert recall_commitments(state, "other") == ()


def test_a_guest_that_is_started_again_is_committed_anew(state):
    remember_commitments(state, "lab", [ONE, OTHER], 1002.0)
    again = replace(ONE, node="c", time=1500.0)
    remember_commitments(state, "lab", [again], 1500.0)
    assert recall_commitments(state, "lab") == (again, OTHER)


def test_what_is_spent_is_forgotten_with_the_next_start(state):
    remember_commitments(state, "lab", [ONE], 1002.0)
    later = replace(OTHER, time=1000.0 + SPENT_SECONDS)
    remember_commitments(state, "lab", [later], later.time)
    assert recall_commitments(state, "lab") == (later,)


def test_guests_that_did_not_start_are_forgotten(state):
    remember_commitments(state, "lab", [ONE, OTHER], 1002.0)
    forget_commitments(state, "lab", [101, 999])
    assert recall_commitments(state, "lab") == (OTHER,)


def test_a_read_only_state_is_not_written(state):
    reader = replace(state, is_read_only=True)
    remember_commitments(reader, "lab", [ONE], 1002.0)
    forget_commitments(reader, "lab", [101])
    assert not state.path.exists()

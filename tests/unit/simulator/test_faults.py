# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

import random

import pytest

from simulator.world.faults import Fault, FaultBook, Request, TaskPoint

POST = Request("POST", "/nodes/pve1/qemu/101/migrate", "pve1", 101)


def book(*faults):
    return FaultBook(faults, random.Random(1))


@pytest.mark.parametrize(
    ("conditions", "hits"),
    [
        ({}, True),
        ({"method": "GET"}, False),
        ({"path": "/nodes/*/qemu/*/migrate"}, True),
        ({"path": "/nodes/*/lxc/*"}, False),
        ({"node": "pve1", "vmid": 101}, True),
        ({"vmid": 102}, False),
    ],
)
def test_all_conditions_must_hold(conditions, hits):
    assert (book(Fault("answer", **conditions)).for_request(POST) is not None) is hits


def test_a_fault_with_a_count_is_used_up():
    faults = book(Fault("reset", count=2))
    assert [faults.for_request(POST) is not None for _unused in range(3)] == [True, True, False]


def test_the_first_that_fits_is_taken_and_the_next_when_it_is_used_up():
    faults = book(Fault("answer", text="one", count=1), Fault("answer", text="two"))
    assert [faults.for_request(POST).text for _unused in range(3)] == ["one", "two", "two"]


def test_chance_is_repeatable():
    books = [book(Fault("slow", probability=0.3)) for _copy in range(2)]
    hits = [[one.for_request(POST) is not None for _request in range(200)] for one in books]
    assert hits[0] == hits[1]
    assert 30 < sum(hits[0]) < 90


def test_request_faults_and_task_faults_do_not_meet():
    faults = book(Fault("fail_task", task="qmigrate", phase="phase2"))
    assert faults.for_request(POST) is None
    assert faults.for_task(TaskPoint("qmigrate", "pve1", 101, "phase1")) is None
    assert faults.for_task(TaskPoint("vzmigrate", "pve1", 101, "phase2")) is None
    assert faults.for_task(TaskPoint("qmigrate", "pve1", 101, "phase2")) is not None


def test_faults_can_be_taken_back():
    faults = book(Fault("reset"))
    faults.clear()
    assert faults.for_request(POST) is None

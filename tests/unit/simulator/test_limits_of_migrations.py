# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Migrations take no more time, bandwidth and company than they may."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, FAILED, RUNNING
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.tests.unit.simulated import DEFAULT, scene, uneven
from simulator.world.faults import Fault

MIB = 2.0**20
HA = {"guest": {"ha": "started"}}


def hangs(found, vmid, **more):
    found.sim.call(
        lambda: found.world.faults.add(Fault("hang_task", task="qmigrate", vmid=vmid, phase="phase2", **more))
    )


def deleted(found):
    return [path for path in found.writes() if path.startswith("DELETE")]


def test_a_migration_that_takes_too_long_is_cancelled_and_not_tried_again():
    with scene(uneven()) as found:
        plan = found.decide()
        hangs(found, 101)
        outcome = found.execute(plan, migration_timeout_seconds=90)
        assert found.world.guests[101].node == "a"
        assert not found.world.migrations
        assert len(deleted(found)) == 1
        assert outcome.moves[0].upid in deleted(found)[0]
    first, second = outcome.moves
    assert (first.status, first.node, len(first.attempts)) == (FAILED, "a", 1)
    assert first.reason.startswith("cancelled after 90 s (migration_timeout): its task ended with: ")
    assert 90 <= first.seconds < 110
    assert second.status == DONE


def test_a_cancelled_migration_that_keeps_its_lock_says_what_to_do():
    with scene(uneven()) as found:
        plan = found.decide()
        hangs(found, 101)
        guest = found.world.guests[101]
        found.clock.due = [(100, lambda: found.sim.call(lambda: found.world.change_config(guest, {"lock": "migrate"})))]
        outcome = found.execute(plan, migration_timeout_seconds=90, settle_seconds=0, poll_seconds=12.0)
    assert outcome.moves[0].reason.endswith(
        "it has kept the lock migrate, which somebody has to take away (qm unlock 101)"
    )


def test_a_task_that_does_not_end_is_left_running():
    with scene(uneven()) as found:
        plan = found.decide()
        hangs(found, 101, stubborn=True)
        outcome = found.execute(plan, migration_timeout_seconds=90)
        assert len(deleted(found)) == 1
    first = outcome.moves[0]
    assert (first.status, first.node) == (RUNNING, "a")
    assert "its task does not end although it was told to" in first.reason
    assert 150 <= first.seconds < 170


def test_what_the_ha_manager_does_is_not_cancelled():
    with scene(uneven(**HA)) as found:
        plan = found.decide()
        hangs(found, 101)
        outcome = found.execute(plan, migration_timeout_seconds=90)
        assert deleted(found) == []
    assert [move.status for move in outcome.moves] == [RUNNING, DONE]
    assert "what the HA manager does cannot be cancelled" in outcome.moves[0].reason


def test_one_that_cannot_be_told_to_end_at_first_is_told_again():
    with scene(uneven()) as found:
        plan = found.decide()
        hangs(found, 101)
        broken = Fault("answer", status=595, method="DELETE", path="/nodes/*/tasks/*", count=2)
        found.sim.call(lambda: found.world.faults.add(broken))
        outcome = found.execute(plan, migration_timeout_seconds=90)
    assert outcome.moves[0].reason.startswith("cancelled after 90 s")


def test_without_a_limit_a_migration_takes_all_the_time_it_needs():
    with scene(uneven()) as found:
        plan = found.decide()
        hangs(found, 101, seconds=7200)
        outcome = found.execute(plan)
    assert outcome.moves[0].status == DONE
    assert outcome.moves[0].seconds > 7200


def test_a_limit_of_bandwidth_is_kept_and_expected():
    with scene(uneven(), replace(DEFAULT, bandwidth_bytes=100 * MIB)) as found:
        plan = found.decide()
        outcome = found.execute(plan)
    for planned, move in zip(plan.moves, outcome.moves, strict=True):
        assert move.seconds > 12 * 1024 / 100
        assert planned.cost.seconds > 12 * 1024 / 100


def test_the_ha_manager_takes_no_limit_and_none_is_expected():
    with scene(uneven(**HA), replace(DEFAULT, bandwidth_bytes=100 * MIB)) as found:
        plan = found.decide()
        outcome = found.execute(plan)
    assert [move.status for move in outcome.moves] == [DONE, DONE]
    assert all(planned.cost.seconds < 60 for planned in plan.moves)
    assert all(move.seconds < 100 for move in outcome.moves)


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        (Limits(max_parallel_per_node=8), 3),
        (Limits(max_parallel_per_node=8, max_parallel_per_source=1), 1),
        (Limits(max_parallel_per_node=8, max_parallel_per_source=2), 2),
        (Limits(max_parallel_per_node=8, max_parallel=1), 1),
    ],
)
def test_no_more_migrations_run_at_once_than_the_limits_allow(limits, most):
    nodes = {"a": {"memory": "96G"}, "b": {"memory": "96G"}, "c": {"memory": "96G"}}
    guests = [{"vmid": 101, "count": 6, "node": "a"}, {"vmid": 201, "node": "b"}, {"vmid": 301, "node": "c"}]
    with scene(uneven(nodes=nodes, guests=guests), Policy(limits=limits)) as found:
        plan = found.decide()
        seen = []
        advance = found.clock.sleep

        def sleep(seconds):
            seen.append(len(found.world.migrations))
            advance(seconds)

        found.clock.sleep = sleep
        outcome = found.execute(plan)
    assert len(plan.moves) == 3
    assert outcome.is_complete
    assert max(seen) == most

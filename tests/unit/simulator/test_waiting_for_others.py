# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What others do with guests and nodes is waited for, for a while."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, SKIPPED
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault


def lock(found, vmid, kind):
    found.sim.call(lambda: found.world.change_config(found.world.guests[vmid], {"lock": kind}))


def unlocked_after(found, vmid, seconds):
    after = found.clock.now() - found.clock.began + seconds
    found.clock.due = [(after, lambda: lock(found, vmid, None))]


@pytest.mark.parametrize("kind", ["backup", "snapshot"])
def test_a_guest_that_is_let_go_in_time_moves(kind):
    with scene(uneven()) as found:
        plan = found.decide()
        lock(found, 101, kind)
        unlocked_after(found, 101, 90)
        began = found.clock.now()
        outcome = found.execute(plan)
    assert [move.status for move in outcome.moves] == [DONE, DONE]
    assert 80 < outcome.moves[0].began - began < 110
    assert outcome.moves[1].began - began < 10, "who is not held up does not wait"


def test_one_that_stays_locked_is_skipped_with_the_name_of_its_lock():
    with scene(uneven()) as found:
        plan = found.decide()
        lock(found, 101, "snapshot")
        outcome = found.execute(plan, wait_foreign_seconds=40)
        assert [path for path in found.writes() if "/101/" in path] == []
    assert [move.status for move in outcome.moves] == [SKIPPED, DONE]
    assert outcome.moves[0].reason == "it is locked (snapshot) (waited 40 s for it)"


def test_without_a_wait_it_is_skipped_at_once():
    with scene(uneven()) as found:
        plan = found.decide()
        lock(found, 101, "backup")
        began = found.clock.now()
        outcome = found.execute(plan, wait_foreign_seconds=0, settle_seconds=0)
        assert found.clock.now() - began < 60
    assert outcome.moves[0].reason == "it is locked (backup)"


def test_one_that_somebody_else_is_moving_is_left_where_that_takes_it():
    with scene(uneven()) as found:
        plan = found.decide()
        found.sim.call(lambda: found.world.steal(101, "c"))
        outcome = found.execute(plan)
        assert [path for path in found.writes() if "/101/" in path] == []
    assert (outcome.moves[0].status, outcome.moves[0].node) == (SKIPPED, "c")
    assert outcome.moves[0].reason == "it is on c now, not on a any more"


@pytest.mark.parametrize(("wait", "status"), [(0, SKIPPED), (120, DONE)])
def test_room_that_a_foreign_migration_claims_may_become_free_again(wait, status):
    """302 is on its way to b, where there is no room for 101 as well; it fails."""
    guests = [
        {"vmid": 101, "count": 4, "node": "a"},
        {"vmid": 201, "node": "b", "memory": "14G", "load": {"cpu": 1.0, "memory": "14G"}},
        {"vmid": 302, "node": "c", "memory": "36G", "load": {"cpu": 1.0, "memory": "36G"}, "tags": ["drs-pin"]},
    ]
    with scene(uneven(guests=guests)) as found:
        plan = found.decide()
        assert plan.moves[0].move.target == "b"
        broken = Fault("fail_task", text="no", task="qmigrate", vmid=302, percent=50)
        found.sim.call(lambda: found.world.faults.add(broken))
        found.sim.call(lambda: found.world.steal(302, "b"))
        found.clock.sleep(4)
        outcome = found.execute(plan, wait_foreign_seconds=wait)
    assert outcome.moves[0].status == status


def test_a_stop_ends_the_wait():
    with scene(uneven()) as found:
        plan = found.decide()
        lock(found, 101, "backup")
        found.stop = Stop(found.clock)
        found.clock.due = [(60, lambda: found.stop.request("SIGTERM"))]
        outcome = found.execute(plan, wait_foreign_seconds=3600)
        assert found.clock.now() - found.clock.began < 80
    assert outcome.moves[0].reason == "not started: stopped by SIGTERM"
    assert outcome.interrupted_by == "SIGTERM"

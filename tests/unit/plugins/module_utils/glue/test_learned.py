# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""From the log of a finished migration into the state file, and from there into the estimates of the next run."""

from dataclasses import replace
from functools import partial

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.learned import Copied
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import with_learned
from ansible_collections.pve.drs.plugins.module_utils.glue.recorder import Author, Recorder
from ansible_collections.pve.drs.plugins.module_utils.pve.copied import copied_by, copied_in
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.runs import recall_record
from ansible_collections.pve.drs.plugins.module_utils.state.transfers import recall_transfers
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault

GIB = 2.0**30
ONE_BY_ONE = Policy(limits=Limits(max_parallel=1))
LOG = """\
2026-03-01 10:00:00 starting migration of VM 101 to node 'b' (10.0.0.2)
2026-03-01 10:00:02 starting storage migration
2026-03-01 10:01:00 starting online/live migration on unix:/run/qemu-server/101.migrate
2026-03-01 10:01:01 migration active, transferred 1.0 GiB of 8.0 GiB VM-state, 1.0 GiB/s
2026-03-01 10:01:12 average migration speed: 700.0 MiB/s - downtime 50 ms
2026-03-01 10:01:12 migration completed, transferred 8.5 GiB VM-state
2026-03-01 10:01:14 migration finished successfully (duration 00:01:14)
TASK OK""".splitlines()


@pytest.fixture
def state(tmp_path):
    return StateFile(path=tmp_path / "state.db", is_read_only=False)


def run(found, state, plan=None):
    author = Author(command="drs_balance", owner="here", sent=partial(copied_by, found.api))
    plan, stop = plan or found.decide(), found.stop or Stop(found.clock)
    return execute(plan, found.api, found.clock, stop, ExecuteOptions(retries=0), watchers=[Recorder(state, author)])


def test_a_log_tells_what_was_sent_of_memory_and_how_long_that_took():
    assert copied_in(LOG) == Copied(bytes=8.5 * GIB, seconds=12.0)


@pytest.mark.parametrize("lines", [LOG[:5], LOG[3:], ["no content"], []], ids=["no end", "no begin", "none", "empty"])
def test_a_log_that_does_not_tell_it_says_nothing(lines):
    assert copied_in(lines) is None


@pytest.mark.parametrize(
    "end", ["09:00:00 migration completed, transferred 8 GiB", "10:01:12 migration completed, transferred 0 B"]
)
def test_a_log_that_cannot_be_right_says_nothing(end):
    assert copied_in([*LOG[:3], f"2026-03-01 {end} VM-state"]) is None


def test_what_was_sent_is_recorded_with_its_move(state):
    with scene(uneven(), ONE_BY_ONE) as found:
        outcome = run(found, state)
    moves, kept = recall_record(state, "lab", 10).moves, recall_transfers(state, "lab")
    assert [move.status for move in moves] == [DONE, DONE]
    assert [one.bytes for one in kept] == [move.bytes for move in moves]
    assert [(one.vmid, one.number) for one in kept] == [(move.vmid, move.number) for move in moves]
    assert [one.memory for one in reversed(kept)] == [moved.planned.memory_bytes for moved in outcome.moves]
    assert all(0 < one.seconds <= moved.seconds for one, moved in zip(reversed(kept), outcome.moves, strict=True))
    assert all(one.streams == 1.0 for one in kept)


def test_a_failed_move_teaches_nothing(state):
    with scene(uneven(), ONE_BY_ONE) as found:
        found.sim.call(lambda: found.world.faults.add(Fault("fail_task", vmid=101, phase="phase2", text="no route")))
        run(found, state)
    assert 101 not in [one.vmid for one in recall_transfers(state, "lab")]


def test_a_log_that_is_gone_says_nothing_of_its_move_alone(state):
    with scene(uneven(), ONE_BY_ONE) as found:
        first, second = run(found, state).moves
        gone = replace(first, upid=str(first.upid).replace(":101:", ":999:"))
        assert list(copied_by(found.api, [gone, second])) == [second.planned.move]


def test_guests_under_ha_are_not_asked_about(state):
    with scene(uneven(guest={"ha": {"state": "started"}}), ONE_BY_ONE) as found:
        outcome = run(found, state)
        assert [moved.status for moved in outcome.moves] == [DONE, DONE]
        assert copied_by(found.api, outcome.moves) == {}
    assert recall_transfers(state, "lab") == ()


def test_a_run_that_is_to_end_early_asks_no_more(state):
    with scene(uneven(), ONE_BY_ONE) as found:
        found.stop = Stop(found.clock)
        found.clock.due.append((1.0, lambda: found.stop.request("signal SIGTERM")))
        outcome = run(found, state)
    assert outcome.interrupted_by
    assert recall_transfers(state, "lab") == ()


def test_finished_migrations_make_the_next_estimates_what_they_took(state):
    """The network is a tenth as fast as the policy has it; twice the same guests have moved before."""
    policy = Policy(limits=Limits(max_parallel=1), link_bytes=1.25e10)
    for _unused in range(2):
        with scene(uneven(), policy) as found:
            run(found, state)
    with scene(uneven(), policy) as found:
        cluster = found.collect()
        learned = with_learned(cluster, policy, replace(state, is_read_only=True))
        before, after = (decide(found.api, known, policy) for known in (cluster, learned))
        run(found, state, after)
    assert with_learned(cluster, policy, None) is cluster
    assert [moved.move for moved in before.moves] == [moved.move for moved in after.moves]
    took = {one.vmid: one.seconds for one in recall_transfers(state, "lab")}
    assert sorted(took) == sorted(moved.move.vmid for moved in after.moves)
    for old, new in zip(before.moves, after.moves, strict=True):
        assert abs(old.cost.seconds - took[old.move.vmid]) > 5
        assert new.cost.seconds == pytest.approx(took[new.move.vmid], rel=0.15)

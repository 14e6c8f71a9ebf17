# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A window that closes while a run is at work, and backup jobs that run on nodes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.hours import OUTSIDE
from ansible_collections.pve.drs.plugins.module_utils.core.model.hours import Hours, Span
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, SKIPPED
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.options import REPLAN
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.events import act

# one after the other, so that there are two steps
ONE_BY_ONE = Policy(limits=Limits(max_parallel=1))


def closing(found, seconds, **facts):
    """A window that closes so many seconds from now; whole minutes are all that a span knows."""
    now = datetime.fromtimestamp(found.clock.epoch(), UTC)
    end = now + timedelta(seconds=seconds)
    minute = 60 * end.hour + end.minute
    span = Span(begin=(minute - 60) % 1440, end=(minute - 60) % 1440 + 60)
    return replace(ONE_BY_ONE, hours=Hours(windows=(span,)), **facts)


def statuses(outcome):
    return [moved.status for moved in outcome.moves]


def test_a_window_that_closes_lets_the_move_under_way_end_and_starts_nothing_more():
    with scene(uneven()) as found:
        found.clock.sleep(60 - found.clock.epoch() % 60)
        found.policy = closing(found, 60)
        plan = found.decide()
        assert len(plan.steps) == 2
        outcome = found.execute(plan, settle_seconds=60)
        assert len([path for path in found.writes() if "migrate" in path]) == 1
    assert statuses(outcome) == [DONE, SKIPPED]
    assert outcome.moves[1].reason.startswith("not started: only what has to be mended is moved until ")
    assert outcome.moves[1].node == "a"
    assert outcome.interrupted_by is None


def test_that_is_no_drift_that_calls_for_another_plan():
    with scene(uneven()) as found:
        found.clock.sleep(60 - found.clock.epoch() % 60)
        found.policy = closing(found, 60)
        outcome = found.execute(found.decide(), settle_seconds=60, on_drift=REPLAN)
    assert (statuses(outcome), outcome.later_plans, outcome.warnings) == ([DONE, SKIPPED], (), ())


@pytest.mark.parametrize(("outside", "expected"), [("nothing", SKIPPED), ("mandatory", DONE)])
def test_what_has_to_be_mended_goes_on(outside, expected):
    """Guests leave a node in maintenance one by one, past the end of the window."""
    with scene(uneven()) as found:
        found.clock.sleep(60 - found.clock.epoch() % 60)
        policy = closing(found, 60, maintenance_nodes=frozenset({"a"}), outside_windows=OUTSIDE[outside][0])
        found.policy = policy
        plan = found.decide()
        assert {planned.category for planned in plan.moves} == {MANDATORY}
        outcome = found.execute(plan, settle_seconds=60)
    assert statuses(outcome) == [DONE, expected, expected, expected]


def test_a_backup_job_keeps_its_node_out_of_the_plan():
    with scene(uneven()) as found:
        found.sim.call(lambda: act(found.world, "backup_job", {"node": "a", "seconds": 600}))
        plan = found.decide()
        assert [backup.node for backup in plan.cluster.backups] == ["a"]
        assert plan.moves == ()
        reasons = {refusal.reason for refusal in plan.refusals}
        found.policy = Policy(backup_scope="guest")
        assert [planned.move.vmid for planned in found.decide().moves] == [102, 103]
    assert reasons == {"a backup job runs on a", "it is locked (backup)"}


@pytest.mark.parametrize(("seconds", "status"), [(10, DONE), (600, SKIPPED)])
def test_a_backup_job_that_begins_after_the_plan_was_made_is_waited_for(seconds, status):
    with scene(uneven()) as found:
        plan = found.decide()
        found.sim.call(lambda: act(found.world, "backup_job", {"node": "a", "seconds": seconds}))
        outcome = found.execute(plan)
    assert statuses(outcome) == [status, status]
    if status == SKIPPED:
        assert outcome.moves[1].reason == "a backup job runs on a (waited 120 s for it)"

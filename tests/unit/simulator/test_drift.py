# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What becomes of a plan when the cluster changes while it is carried out."""

from functools import partial

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.diff import placement_diff
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, SKIPPED
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.report import outcome_report
from ansible_collections.pve.drs.plugins.module_utils.pve import batch
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import MOST_PLANS, execute
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

ONE_BY_ONE = Policy(limits=Limits(max_parallel=1))
SIX = uneven(
    nodes={name: {"memory": "96G"} for name in "abc"},
    guests=[
        {"vmid": 101, "count": 6, "node": "a"},
        {"vmid": 201, "node": "b"},
        {"vmid": 301, "node": "c", "memory": "14G", "load": {"cpu": 1.0, "memory": "14G"}},
    ],
)
STOLEN = "102 a->c: it is on b now, not on a any more"


class Plans(Watcher):
    """The plans that it is told of, and the numbers of their steps."""

    def __init__(self):
        self.plans = []
        self.steps = []

    def begins(self, plan, now):
        self.plans.append((plan, now))

    def replans(self, plan, now):
        self.plans.append((plan, now))

    def enters(self, number, step, now):
        self.steps.append((number, step, now)[0])


def carried_out(found, on_drift, replan=None):
    """The second of three guests is taken to the wrong node before the plan begins."""
    plan = found.decide()
    assert [str(planned.move) for planned in plan.moves] == ["101 a->b", "102 a->c", "103 a->b"]
    found.sim.call(lambda: found.world.steal(102, "b"))
    found.clock.sleep(60)
    watcher = Plans()
    options = ExecuteOptions(on_drift=on_drift)
    outcome = execute(
        plan, found.api, found.clock, found.stop or Stop(found.clock), options, watchers=[watcher], replan=replan
    )
    return plan, outcome, watcher


def statuses(outcome):
    return [(move.planned.move.vmid, move.status) for move in outcome.moves]


def test_by_default_one_that_is_no_longer_right_is_left_out():
    with scene(SIX, ONE_BY_ONE) as found:
        _plan, outcome, _watcher = carried_out(found, "skip")
    assert statuses(outcome)[:2] == [(101, DONE), (102, SKIPPED)]
    assert outcome.moves[1].reason == "it is on b now, not on a any more"
    assert not outcome.moves[2].reason.startswith("not started")


@pytest.mark.parametrize("on_drift", ["stop", "replan"])
def test_whoever_may_not_plan_again_stops(on_drift):
    with scene(SIX, ONE_BY_ONE) as found:
        _plan, outcome, watcher = carried_out(found, on_drift)
    assert statuses(outcome) == [(101, DONE), (102, SKIPPED), (103, SKIPPED)]
    assert outcome.moves[2].reason == f"not started: the cluster has changed since it was planned ({STOLEN})"
    assert outcome.interrupted_by is None
    assert watcher.steps == [1, 2]


def test_a_new_plan_takes_the_place_of_what_was_left():
    with scene(SIX, ONE_BY_ONE) as found:
        plan, outcome, watcher = carried_out(found, "replan", found.decide)
        assert found.decide().moves == ()
    [later] = outcome.later_plans
    assert later.moves
    assert [told for told, _now in watcher.plans] == [plan, later]
    assert [move.planned for move in outcome.moves] == [*plan.moves, *later.moves]
    assert statuses(outcome)[:3] == [(101, DONE), (102, SKIPPED), (103, SKIPPED)]
    assert {move.status for move in outcome.moves[3:]} == {DONE}
    assert watcher.steps == list(range(1, 3 + len(later.steps)))
    assert any(f"a new plan of {len(later.moves)} moves has taken the place" in text for text in outcome.warnings)
    assert [told["move_count"] for told in outcome_report(outcome)["later_plans"]] == [len(later.moves)]
    diff = placement_diff(plan, plan.cluster, outcome)
    for planned in later.moves:
        assert f"{planned.move.vmid} " in diff["after"]


def test_plans_are_replaced_a_few_times_only():
    """Somebody takes the guest away from every plan."""

    def again():
        plan = found.decide()
        moved = plan.moves[0].move
        away = next(node for node in "abc" if node not in (moved.source, moved.target))
        found.sim.call(partial(found.world.steal, moved.vmid, away))
        found.clock.sleep(60)
        return plan

    with scene(SIX, ONE_BY_ONE) as found:
        _plan, outcome, _watcher = carried_out(found, "replan", again)
    assert len(outcome.later_plans) <= MOST_PLANS
    assert len(outcome.moves) == 3 + sum(len(plan.moves) for plan in outcome.later_plans)


def test_where_no_plan_can_be_made_the_warnings_say_why():
    def fails():
        raise NoMeasurement("no figures")

    with scene(SIX, ONE_BY_ONE) as found:
        _plan, outcome, _watcher = carried_out(found, "replan", fails)
    assert outcome.later_plans == ()
    assert outcome.warnings == (
        f"the cluster has changed since it was planned ({STOLEN}), and no new plan could be made: no figures",
    )


def test_a_bug_in_planning_does_not_lose_the_account():
    with scene(SIX, ONE_BY_ONE) as found:
        _plan, outcome, _watcher = carried_out(found, "replan", lambda: 1 / 0)
    assert statuses(outcome) == [(101, DONE), (102, SKIPPED), (103, SKIPPED)]
    assert outcome.interrupted_by == "internal error: ZeroDivisionError: division by zero"


def test_a_stop_is_no_reason_to_plan_again():
    with scene(SIX, ONE_BY_ONE) as found:
        found.stop = Stop(found.clock)
        found.stop.request("SIGTERM")
        _plan, outcome, _watcher = carried_out(found, "replan", found.decide)
    assert outcome.later_plans == ()
    assert outcome.interrupted_by == "SIGTERM"


class Buggy(Api):
    """Runs into a bug when it is asked for the tasks of the cluster a third time."""

    asked = 0

    def cluster_tasks(self):
        self.asked += 1
        if self.asked > 2:
            raise ZeroDivisionError
        return super().cluster_tasks()


def test_a_bug_in_a_look_between_steps_does_not_lose_the_account():
    with scene(SIX, ONE_BY_ONE) as found:
        plan = found.decide()
        outcome = execute(plan, Buggy(found.client), found.clock, Stop(found.clock))
    assert statuses(outcome) == [(101, DONE), (102, DONE), (103, SKIPPED)]
    assert outcome.moves[2].reason == "not started: internal error: ZeroDivisionError: "
    assert outcome.interrupted_by == "internal error: ZeroDivisionError: "


def test_a_bug_after_a_start_does_not_call_it_not_started(monkeypatch):
    """Whatever fails when guests have landed, what was started is told of as such, with its task."""
    monkeypatch.setattr(batch, "landed", lambda *_unused: 1 / 0)
    with scene(SIX, ONE_BY_ONE) as found:
        outcome = execute(found.decide(), found.api, found.clock, Stop(found.clock))
        at = found.node_of(101)
    first = outcome.moves[0]
    assert (first.status, first.node, at) == (DONE, "b", "b")
    assert first.upid
    assert outcome.moves[1].reason.startswith("not started: internal error")

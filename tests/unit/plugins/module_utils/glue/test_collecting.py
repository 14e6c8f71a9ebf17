# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The state file in a run: samples go on where the last run ended, check mode writes nothing."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.averages import averages
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.demand import NO_HABITS
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Commitment
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import (
    collect_with_state,
    keep_holds,
    require_state,
    state_of,
    with_habits,
    with_holds,
    with_last_runs,
    with_starts,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.facts import facts_of
from ansible_collections.pve.drs.plugins.module_utils.glue.recorder import Author, Recorder
from ansible_collections.pve.drs.plugins.module_utils.glue.result import balance_result
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import picture
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.plugins.module_utils.pve.enrich import remembered
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.questions import needs_before_deciding
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.state.averages import recall_averages
from ansible_collections.pve.drs.plugins.module_utils.state.commitments import remember_commitments
from ansible_collections.pve.drs.tests.builders import a_cluster
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.loads import Constant, Demand

GIB = 2.0**30
SAMPLES = Needs(samples=True)


@pytest.fixture
def params(tmp_path):
    return {"state_path": str(tmp_path / "state.db")}


def seconds_of(found, params, *, check_mode=False, needs=SAMPLES):
    """How long collecting takes by the cluster's clock."""
    began = found.clock.now()
    collect_with_state(found.api, needs, found.clock, state_of(params, check_mode=check_mode))
    return found.clock.now() - began


def test_a_second_run_goes_on_where_the_first_ended(params):
    with scene(uneven()) as found:
        assert seconds_of(found, params) == 55.0
        found.sim.advance(20)
        assert seconds_of(found, params) == 15.0


def test_without_a_path_every_run_takes_its_own_minute():
    with scene(uneven()) as found:
        assert [seconds_of(found, {}) for _unused in range(2)] == [55.0, 55.0]


def test_check_mode_uses_the_state_and_leaves_it_as_it_is(params, tmp_path):
    with scene(uneven()) as found:
        assert seconds_of(found, params, check_mode=True) == 55.0
        assert list(tmp_path.iterdir()) == []
        seconds_of(found, params)
        before = (tmp_path / "state.db").read_bytes()
        found.sim.advance(20)
        assert seconds_of(found, params, check_mode=True) == 15.0
        assert (tmp_path / "state.db").read_bytes() == before


def test_what_takes_no_samples_leaves_no_state(params, tmp_path):
    with scene(uneven()) as found:
        seconds_of(found, params, needs=Needs(node_history=True))
    assert list(tmp_path.iterdir()) == []


def test_the_average_goes_on_from_the_one_before(params):
    """A guest has become twice as busy since: after 20 s about half of that counts."""
    with scene(uneven()) as found:
        seconds_of(found, params)
        state = state_of(params, check_mode=True)
        before = recall_averages(state, "lab").guests[101].cpu
        found.sim.call(lambda: found.world.set_load(found.world.guests[101], Constant(Demand(2.0, 12 * GIB))))
        found.sim.advance(10)
        seconds_of(found, params)
        assert 1.1 * before < recall_averages(state, "lab").guests[101].cpu < 1.6 * before


def test_a_run_in_the_same_second_does_not_start_afresh(params):
    with scene(uneven()) as found:
        seconds_of(found, params)
        before = recall_averages(state_of(params, check_mode=True), "lab")
        found.sim.call(lambda: found.world.set_load(found.world.guests[101], Constant(Demand(2.0, 12 * GIB))))
        cluster = collect_with_state(found.api, SAMPLES, found.clock, state_of(params, check_mode=False))
        assert averages(cluster.history) == before


def planned(found, params, policy, *, check_mode=False):
    """How many moves one run decides on."""
    state = state_of(params, check_mode=check_mode)
    cluster = collect_with_state(found.api, needs_before_deciding(policy), found.clock, state)
    plan = decide(found.api, with_holds(cluster, state), policy)
    keep_holds(plan, state)
    return len(plan.moves)


def test_runs_count_how_long_a_reason_has_held(params):
    """Runs in check mode do not; nor does a run after a long gap go on."""
    policy = Policy(hold=3, cycle_seconds=300)
    with scene(uneven()) as found:
        counts = [planned(found, params, policy), planned(found, params, policy, check_mode=True)]
        for seconds in (300, 300, 300, 2000, 300, 300):
            found.sim.advance(seconds)
            counts.append(planned(found, params, policy))
    assert [bool(count) for count in counts] == [False, False, False, True, False, False, False, True]


def test_runs_cannot_be_counted_without_a_state(params):
    require_state(Policy(hold=3), state_of(params, check_mode=False))
    require_state(Policy(), None)
    with pytest.raises(BadPolicy, match=r"^hold is 3, so runs have to be counted: name a file .* state_path$"):
        require_state(Policy(hold=3), None)


def test_without_a_state_nothing_has_held():
    with scene(uneven()) as found:
        assert planned(found, {}, Policy())


def test_what_guests_demand_is_learned_from_run_to_run(params):
    """Check mode makes use of it, and leaves it as it is."""
    policy, cluster = Policy(planners=("relieve",)), a_cluster({"a": "8c/100G"}, ["101 a 2c/4G"])
    state, read_only = (state_of(params, check_mode=mode) for mode in (False, True))
    runs = ((state, 1000.0), (state, 1300.0), (read_only, 1600.0), (state, 1600.0))
    found = [with_habits(cluster, policy, kept, now).history.habits for kept, now in runs]
    assert [habits.guests[101].samples for habits in found] == [1, 2, 3, 3]


def test_nothing_is_learned_where_nobody_asks_or_nothing_is_kept(params):
    cluster = a_cluster({"a": "8c/100G"}, ["101 a 2c/4G"])
    state = state_of(params, check_mode=False)
    assert with_habits(cluster, Policy(), state, 1000.0).history.habits == NO_HABITS
    assert with_habits(cluster, Policy(planners=("relieve",)), None, 1000.0).history.habits == NO_HABITS


def test_what_earlier_runs_did_is_in_the_facts_and_in_the_report(params):
    state = state_of(params, check_mode=False)
    with scene(uneven()) as found:
        cluster = found.collect()
        assert with_last_runs(cluster, None) is cluster
        recorder = Recorder(state, Author(command="drs_balance", owner="here"))
        execute(found.decide(), found.api, found.clock, Stop(found.clock), watchers=(recorder,))
        found.sim.advance(60)
        cluster = with_last_runs(found.collect(), state)
        facts = facts_of(cluster, Policy(), ["history"])["history"]
        values = balance_result(decide(found.api, cluster, Policy()), cluster, None).values
    assert [(move["vmid"], move["status"]) for move in facts["moves"]] == [(102, "done"), (101, "done")]
    assert [run["result"] for run in facts["runs"]] == ["complete"]
    assert values["last_migrations"] == facts["moves"]
    assert values["report"].count(": done after ") == 2
    assert "Last migrations\n" in values["report"]


def test_nobody_is_moved_to_where_a_guest_that_was_just_started_needs_the_room(params):
    """It is no reason to move anybody either: the loads are as they are."""
    cluster = a_cluster(
        {"a": "8c/64G", "b": "8c/64G", "c": {"capacity": "8c/64G", "overhead": "0c/20G"}},
        ["101 a 1c/20G", "102 a 1c/20G", "201 b 0c/0G"],
    )
    state = state_of(params, check_mode=False)
    made = Commitment(vmid=201, node="b", expected=Resources(1.0, 50 * GIB), time=1000.0)
    remember_commitments(state, cluster.name, [made], 1000.0)
    known = with_starts(cluster, state, 1010.0)
    assert [str(planned.move) for planned in make_plan(cluster, Policy()).moves] == ["101 a->b"]
    plan = make_plan(known, Policy())
    assert plan.before.loads == make_plan(cluster, Policy()).before.loads
    assert all(planned.move.target != "b" for planned in plan.moves)
    assert with_starts(cluster, None, 1010.0) is cluster
    assert with_starts(cluster, state, 1e6) is cluster


def test_a_fresh_look_before_a_move_knows_of_guests_that_were_just_started(params):
    with scene(uneven()) as found:
        state = state_of(params, check_mode=False)
        made = Commitment(vmid=201, node="b", expected=Resources(1.0, 50 * GIB), time=1000.0)
        remember_commitments(state, "lab", [made], 1000.0)
        before = with_starts(found.collect(), state, 1010.0)
        fresh = remembered(*_swapped(before, picture(found.api)))
        assert fresh.node_by_name["b"].surge == before.node_by_name["b"].surge
        assert fresh.guest_by_vmid[201].surge.memory > 30 * GIB


def _swapped(before, looked):
    """The arguments of a second look."""
    fresh, listings = looked
    return fresh, before, listings

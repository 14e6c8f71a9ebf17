# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes are emptied, and get their guests back, on a simulated cluster."""

from collections import Counter
from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, NodeNotReady, PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Evacuation
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.acting import Acting
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuate import evacuate, job_of, result_of
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuation_state import beside_evacuations, note_phase
from ansible_collections.pve.drs.plugins.module_utils.glue.execution_options import execution_options
from ansible_collections.pve.drs.plugins.module_utils.glue.turn import Claim, Turn
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.tests.builders import a_cluster
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

ROLE = ["VM.Audit", "VM.Migrate", "VM.PowerMgmt", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]
SPEC = (
    arguments.connection() | arguments.judging() | arguments.moving() | arguments.executing() | arguments.evacuating()
)
DEFAULTS = {name: option.get("default") for name, option in SPEC.items()}


def a_lab(*guests, nodes="abc", **changes):
    """Roomy nodes with these guests, for a user who may do all that it takes."""
    known = {name: {"cores": 32, "memory": "256G"} for name in nodes}
    return uneven(guests=list(guests), nodes=known, roles={"DRS": ROLE}, **changes)


class Caller:
    """Calls the module's command on a scene, in virtual time."""

    def __init__(self, found, tmp_path=None):
        self.scene = found
        self.path = tmp_path / "state.sqlite" if tmp_path else None
        self.stop = Stop(found.clock)

    def __call__(self, *, check=False, **params):
        given = {**DEFAULTS, "settle": 0, "retries": 0, "state_path": self.path, **params}
        state = StateFile(path=self.path, is_read_only=check) if self.path else None
        clock = self.scene.clock
        turn = None if check else Turn(Claim(cluster="lab", command="drs_evacuate"), None, clock, self.stop)
        run = Acting(clock, clock, turn=turn)
        around = Surroundings(self.scene.api, clock, self.stop, replace(execution_options(given), poll_seconds=1.0))
        result = result_of(job_of(given, around, state, run))
        return result, result.values


@pytest.fixture
def call(tmp_path):
    """Tell a function that calls the command with a state file."""
    return lambda found: Caller(found, tmp_path)


def on(found, node):
    """Who is on a node of the simulated world."""
    return sorted(guest.vmid for guest in found.world.guests.values() if guest.node == node)


SMALL = {"node": "a", "memory": "2G", "load": {"cpu": 0.2, "memory": "1G"}}
MIXED = (
    SMALL | {"vmid": 101, "count": 10},
    SMALL | {"vmid": 121, "count": 4, "ha": "started"},
    SMALL | {"vmid": 131, "count": 3, "type": "lxc"},
    SMALL | {"vmid": 141, "tags": ["drs-pin"]},
    SMALL | {"vmid": 1001, "count": 118, "status": "stopped"},
    SMALL | {"vmid": 1201, "count": 2, "template": True},
)


@pytest.mark.parametrize("profile", ["8.4", "9.2"])
def test_powered_off_guests_leave_first_then_running_ones_in_waves(call, profile):
    """17 running and 120 powered-off guests and templates, some of them under HA, containers, and one that is pinned."""
    with scene(a_lab(*MIXED, cluster={"profile": profile})) as found:
        found.sim.advance(60)
        run, before = call(found), on(found, "a")
        wanted = {"nodes": ["a"], "trust_tags": True, "on_blocked": "skip"}
        preview, told = run(check=True, **wanted)
        assert found.writes() == []
        result, done = run(**wanted)
        assert (preview.failure, result.failure) == (None, None)
        assert [len(step["moves"]) for step in told["plan"]["steps"]] == [100, 20, 8, 8, 1]
        assert done["plan"]["steps"] == told["plan"]["steps"]
        assert (on(found, "a"), [entry["vmid"] for entry in told["blocked"]]) == ([141], [141])
        assert done["nodes"] == told["nodes"]
        assert len(done["homes"]) == 137
        found.sim.advance(15)
        again = run(**wanted)[1]
        assert (again["changed"], again["plan"]["move_count"], len(again["homes"])) == (False, 0, 137)
        result, back = run(state="returned", nodes=["a"], ready_uptime=0, trust_tags=True)
        assert (result.failure, on(found, "a"), back["homes"]) == (None, before, [])


def test_containers_come_last_in_their_wave(call):
    with scene(a_lab(*MIXED[:3])) as found:
        found.sim.advance(60)
        steps = call(found)(check=True, nodes=["a"])[1]["plan"]["steps"]
        modes = [[move["mode"] for move in step["moves"]] for step in steps]
        assert modes[0] == ["live"] * 5 + ["restart"] * 3


def test_guests_go_home_and_a_second_time_nothing_is_to_be_done(call):
    with scene(a_lab({"vmid": 101, "count": 3, "node": "a"}, {"vmid": 110, "node": "a", "status": "stopped"})) as found:
        run = call(found)
        run(nodes=["a"])
        result, done = run(state="returned", nodes=["a"], ready_uptime=0)
        assert result.failure is None
        assert on(found, "a") == [101, 102, 103, 110]
        assert (done["changed"], done["homes"]) == (True, [])
        again = run(state="returned", nodes=["a"], ready_uptime=0)[1]
        assert (again["changed"], again["plan"]["move_count"]) == (False, 0)


def test_without_a_state_file_homes_are_handed_on(call):
    with scene(a_lab({"vmid": 101, "count": 2, "node": "a"})) as found:
        run = Caller(found)
        homes = run(nodes=["a"])[1]["homes"]
        assert [(home["vmid"], home["node"]) for home in homes] == [(101, "a"), (102, "a")]
        assert run(nodes=["a"], homes=homes)[1]["homes"] == homes
        assert run(check=True, nodes=["a"], homes=homes)[1]["homes"] == homes
        assert run(state="returned", nodes=["a"], homes=homes, ready_uptime=0)[1]["homes"] == []
        assert on(found, "a") == [101, 102]


def test_one_guest_that_cannot_be_moved_keeps_all_others(call):
    guests = ({"vmid": 101, "count": 3, "node": "a"}, {"vmid": 120, "node": "a", "tags": ["drs-pin"]})
    with scene(a_lab(*guests)) as found:
        run = call(found)
        result, told = run(nodes=["a"], trust_tags=True)
        assert result.failure.startswith("1 guest(s) cannot be moved, so nothing was moved: 120 (guest120): ")
        [blocked] = told["blocked"]
        assert (blocked["vmid"], blocked["kind"]) == (120, "blocked")
        assert {reason["constraint"] for reason in blocked["reasons"]} == {"pinned"}
        assert (told["changed"], told["homes"], found.writes()) == (False, [], [])
        assert run(check=True, nodes=["a"], trust_tags=True)[0].failure == result.failure


def test_those_that_cannot_be_moved_may_be_left(call):
    guests = ({"vmid": 101, "count": 3, "node": "a"}, {"vmid": 120, "node": "a", "tags": ["drs-pin"]})
    with scene(a_lab(*guests)) as found:
        result, told = call(found)(nodes=["a"], trust_tags=True, on_blocked="skip")
        assert result.failure is None
        assert on(found, "a") == [120]
        assert told["nodes"][0]["is_drained"] is False


def test_those_that_cannot_be_moved_may_be_shut_down_and_start_again_at_home(call):
    guests = (
        {"vmid": 101, "node": "a"},
        {"vmid": 120, "node": "a", "tags": ["drs-pin"]},
        {"vmid": 130, "node": "a", "type": "lxc", "memory": "2G", "load": {"cpu": 0.1, "memory": "1G"}},
    )
    with scene(a_lab(*guests)) as found:
        run = call(found)
        preview = run(check=True, nodes=["a"], trust_tags=True, on_blocked="shutdown")[1]
        result, told = run(nodes=["a"], trust_tags=True, on_blocked="shutdown")
        assert result.failure is None
        assert told["shut_down"] == preview["shut_down"] == [120]
        assert (on(found, "a"), found.world.guests[120].is_running) == ([120], False)
        assert told["nodes"][0] == preview["nodes"][0]
        assert told["nodes"][0]["is_drained"] is True
        found.sim.advance(15)
        back, done = run(state="returned", nodes=["a"], trust_tags=True, ready_uptime=0)
        assert (back.failure, done["started"]) == (None, [120])
        assert found.world.guests[120].is_running
        assert on(found, "a") == [101, 120, 130]
        assert done["homes"] == []


def test_a_guest_without_room_at_home_stays_off_until_there_is_some(call):
    guests = ({"vmid": 101, "node": "b"}, {"vmid": 120, "node": "a", "tags": ["drs-pin"]})
    with scene(a_lab(*guests)) as found:
        run = call(found)
        run(nodes=["a"], trust_tags=True, on_blocked="shutdown")
        found.sim.advance(15)
        _result, told = run(state="returned", nodes=["a"], trust_tags=True, ready_uptime=0, memory_max=2)
        assert (told["started"], [one["kind"] for one in told["left"]]) == ([], ["stays_off"])
        assert "120 (guest120) on a stays off\n    a: with it running a would use " in told["report"]
        assert not found.world.guests[120].is_running
        _result, told = run(state="returned", nodes=["a"], trust_tags=True, ready_uptime=0)
        assert (told["started"], told["homes"]) == ([120], [])
        assert found.world.guests[120].is_running


def test_a_guest_that_does_not_shut_down_is_left_alone_and_told_of(call):
    guests = ({"vmid": 101, "node": "a"}, {"vmid": 120, "node": "a", "tags": ["drs-pin"], "shutdown": 600})
    with scene(a_lab(*guests)) as found:
        result, _told = call(found)(nodes=["a"], trust_tags=True, on_blocked="shutdown", shutdown_timeout=20)
        assert "guest 120 (guest120): " in result.failure
        assert found.world.guests[120].is_running
        assert on(found, "a") == [120]


@pytest.mark.parametrize(
    ("containers", "left", "modes"),
    [("restart", [], {"restart": 2}), ("skip", [130, 131], {}), ("shutdown_first", [], {"offline": 2})],
)
def test_containers_are_treated_as_is_wanted(call, containers, left, modes):
    group = {"vmid": 130, "count": 2, "node": "a", "type": "lxc", "memory": "2G", "load": {"cpu": 0.1, "memory": "1G"}}
    with scene(a_lab({"vmid": 101, "node": "a"}, group)) as found:
        result, told = call(found)(nodes=["a"], containers=containers)
        assert (result.failure, on(found, "a")) == (None, left)
        moves = [move for step in told["plan"]["steps"] for move in step["moves"] if move["vmid"] != 101]
        assert Counter(move["mode"] for move in moves) == modes
        assert all(found.world.guests[vmid].is_running for vmid in (130, 131))
        assert told["nodes"][0]["is_drained"] is True


HA = {"vmid": 101, "count": 2, "node": "a", "ha": "started"}


def test_guests_under_ha_are_moved_by_requests(call):
    with scene(a_lab(HA, {"vmid": 110, "node": "a"})) as found:
        found.sim.advance(60)
        result, _told = call(found)(nodes=["a"])
        assert (result.failure, on(found, "a")) == (None, [])


def test_guests_left_to_the_ha_manager_are_waited_for_once_their_node_is_in_maintenance(call):
    with scene(a_lab(HA, {"vmid": 110, "node": "a"})) as found:
        found.sim.advance(60)
        run = call(found)
        result, told = run(nodes=["a"], ha_mode="manager")
        assert (result.failure, on(found, "a")) == (None, [101, 102])
        assert {entry["kind"] for entry in told["left"]} == {"left_to_ha"}
        assert told["nodes"][0]["is_drained"] is False
        found.sim.call(lambda: found.world.set_maintenance("a", on=True))
        found.sim.advance(20)
        result, told = run(nodes=["a"], ha_mode="manager")
        assert (result.failure, on(found, "a")) == (None, [])
        assert told["nodes"][0]["is_drained"] is True


def test_a_node_that_the_ha_manager_does_not_empty_in_time_is_a_failure(call):
    with scene(a_lab(HA, nodes="ab")) as found:
        found.sim.advance(60)
        found.sim.call(lambda: found.world.set_maintenance("a", on=True))
        found.sim.advance(12)
        result, _told = call(found)(nodes=["a"], ha_wait=0)
        assert result.failure == "a still holds 101 (guest1), 102 (guest2)"


def test_a_guest_that_somebody_moved_elsewhere_stays_there(call):
    with scene(a_lab({"vmid": 101, "count": 2, "node": "a"}, nodes="abc")) as found:
        run = call(found)
        target = {home["vmid"]: home["target"] for home in run(nodes=["a"])[1]["homes"]}[101]
        other = "c" if target == "b" else "b"
        found.sim.call(lambda: setattr(found.world.guests[101], "node", other))
        found.sim.advance(15)
        _result, told = run(state="returned", nodes=["a"], ready_uptime=0)
        assert on(found, "a") == [102]
        [left] = told["left"]
        assert (left["vmid"], left["kind"]) == (101, "moved_since")
        assert told["homes"] == []


def test_what_was_left_undone_is_done_by_the_next_run(call):
    with scene(a_lab({"vmid": 101, "count": 4, "node": "a"})) as found:
        run = call(found)
        run.stop = Stop(found.clock, time_limit_seconds=1.0)
        result, told = run(nodes=["a"], max_parallel=1)
        assert "the run ended early (time limit of 1 s)" in result.failure
        left = on(found, "a")
        assert 0 < len(left) < 4
        assert {home["vmid"] for home in told["homes"]} == {101, 102, 103, 104} - set(left)
        run.stop = Stop(found.clock)
        result, told = run(nodes=["a"])
        assert (result.failure, on(found, "a")) == (None, [])
        assert len(told["homes"]) == 4


def test_several_nodes_are_emptied_at_once(call):
    with scene(a_lab({"vmid": 101, "count": 2, "node": "a"}, {"vmid": 201, "count": 2, "node": "b"})) as found:
        result, _told = call(found)(nodes=["a", "b"])
        assert result.failure is None
        assert on(found, "c") == [101, 102, 201, 202]


def test_a_node_is_not_given_back_before_it_is_well(call):
    with scene(a_lab({"vmid": 101, "node": "a"})) as found:
        run = call(found)
        run(nodes=["a"])
        found.sim.call(lambda: found.world.node_down("a"))
        found.sim.advance(30)
        with pytest.raises(NodeNotReady, match="a is offline"):
            run(state="returned", nodes=["a"], ready_wait=10)


def test_nothing_returns_when_that_is_wanted_but_the_node_is_open_again(call):
    with scene(a_lab({"vmid": 101, "node": "a"}, {"vmid": 201, "count": 2, "node": "b"})) as found:
        run = call(found)
        run(nodes=["a"])
        _result, told = run(state="returned", nodes=["a"], ready_uptime=0, **{"return": "none"})
        assert (told["changed"], told["homes"], on(found, "a")) == (False, [], [])
        result, _told = run(nodes=["b"])
        assert (result.failure, on(found, "b")) == (None, [])
        assert on(found, "a") != []


def test_nobody_is_sent_to_a_node_that_another_run_is_emptying(call):
    with scene(a_lab({"vmid": 101, "node": "a"}, {"vmid": 201, "count": 3, "node": "b"})) as found:
        run = call(found)
        run(nodes=["a"])
        run(nodes=["b"])
        assert (on(found, "a"), on(found, "b")) == ([], [])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"nodes": ["x"]}, "nodes names x, but cluster lab has only a, b, c"),
        ({"nodes": []}, "nodes is empty"),
        ({"nodes": ["a"], "homes": [{"vmid": 1}]}, "entry 1 of homes must have vmid, node and target"),
        (
            {"nodes": ["a"], "homes": [{"vmid": 1, "node": "a", "target": "b", "time": "x"}]},
            "entry 1 of homes .guest 1.: was",
        ),
        ({"nodes": ["a"], "disabled_nodes": ["a"], "on_blocked": "shutdown"}, "nodes wants a .* disabled_nodes says"),
        ({"nodes": ["a", "b"], "enabled_nodes": ["b", "c"]}, "nodes wants a .* enabled_nodes says"),
    ],
    ids=["unknown node", "no node", "incomplete home", "home with a wrong time", "disabled node", "node not enabled"],
)
def test_bad_input_is_refused(call, params, message):
    with scene(a_lab({"vmid": 101, "node": "a"})) as found, pytest.raises(BadPolicy, match=message):
        call(found)(**params)


def test_nobody_returns_from_nowhere():
    with pytest.raises(BadPolicy, match="nobody knows where guests belong: name the state file"):
        evacuate({**DEFAULTS, "state": "returned", "nodes": ["a"]}, check_mode=False)


def test_nodes_that_are_down_take_nobody_and_give_nobody(call):
    with scene(a_lab({"vmid": 101, "count": 2, "node": "a"}, {"vmid": 201, "node": "b"})) as found:
        found.sim.call(lambda: found.world.node_down("b"))
        found.sim.advance(30)
        run = call(found)
        result, _told = run(nodes=["a"])
        assert (result.failure, on(found, "c")) == (None, [101, 102])
        result, told = run(nodes=["b"])
        assert "201 (guest201): its node b is offline" in result.failure
        assert told["changed"] is False


def test_room_afterwards_is_told_of_the_nodes_that_are_left(call):
    """Node c goes down while the first guest is under way."""
    events = [{"after": "5s", "node_down": "c"}]
    with scene(a_lab({"vmid": 101, "count": 6, "node": "a"}, nodes="abcd", events=events)) as found:
        result, told = call(found)(nodes=["a"], max_parallel=1, on_drift="replan")
        assert result.failure is None, told["report"]
        assert [room["node"] for room in told["headroom"]["nodes"]] == ["b", "d"]


@pytest.mark.parametrize(
    ("phase", "is_closed"),
    [("draining", True), ("drained", True), ("aborted", True), ("blocked", False), ("idle", False)],
)
def test_balancing_sends_nobody_to_nodes_that_are_being_emptied(tmp_path, phase, is_closed):
    state = StateFile(path=tmp_path / "state.sqlite", is_read_only=False)
    note_phase(state, "lab", ["a"], Evacuation(node="", phase=phase, time=1.0))
    cluster = a_cluster(
        {"a": "16c/100G", "b": "16c/100G"}, [f"{vmid} b 1c/15G" for vmid in range(101, 106)], name="lab"
    )
    policy = beside_evacuations(Policy(), state, "lab")
    assert (make_plan(cluster, policy).moves == ()) is is_closed
    assert make_plan(cluster, beside_evacuations(Policy(), state, "lab", opened=["a"])).moves != ()


def test_guests_that_stay_together_under_ha_leave_and_return_together(call):
    rules = {"pair": {"type": "resource-affinity", "affinity": "positive", "resources": [101, 102]}}
    with scene(a_lab(HA, ha={"rules": rules})) as found:
        found.sim.advance(60)
        run = call(found)
        result, _told = run(nodes=["a"])
        assert result.failure is None
        assert len({found.node_of(vmid) for vmid in (101, 102)} - {"a"}) == 1
        result, _told = run(state="returned", nodes=["a"], ready_uptime=0)
        assert (result.failure, on(found, "a")) == (None, [101, 102])


def test_a_guest_that_prefers_the_node_leaves_with_maintenance_and_is_waited_for(call):
    rules = {"home": {"type": "node-affinity", "resources": [101], "nodes": {"a": 2, "b": 1}}}
    with scene(a_lab(HA, ha={"rules": rules})) as found:
        found.sim.advance(60)
        run = call(found)
        _result, told = run(nodes=["a"])
        assert (on(found, "a"), [entry["kind"] for entry in told["left"]]) == ([101], ["left_to_ha"])
        found.sim.call(lambda: found.world.set_maintenance("a", on=True))
        found.sim.advance(20)
        result, _told = run(nodes=["a"])
        assert (result.failure, on(found, "a")) == (None, [])


def test_power_takes_a_privilege_of_its_own(call):
    lab = a_lab({"vmid": 120, "node": "a", "tags": ["drs-pin"]}) | {
        "roles": {"DRS": [p for p in ROLE if p != "VM.PowerMgmt"]}
    }
    with scene(lab) as found, pytest.raises(PermissionMissing, match=r"lacks VM\.PowerMgmt on /vms/120"):
        call(found)(nodes=["a"], trust_tags=True, on_blocked="shutdown")

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests get nodes, come to them and start, on a simulated cluster."""

from collections import Counter

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.state.commitments import recall_commitments
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.tests.unit.placing import NEW, ROLE, Caller, a_lab, nodes_of
from ansible_collections.pve.drs.tests.unit.simulated import scene

OFF = {"node": "a", "status": "stopped", "memory": "8G", "load": {"cpu": 1.0, "memory": "6G"}}


@pytest.fixture
def call(tmp_path):
    """Tell a function that calls the command with a state file."""
    return lambda found: Caller(found, tmp_path / "state.sqlite")


def by_vmid(result):
    return {entry["vmid"]: entry for entry in result.values["guests"]}


def test_guests_are_moved_and_started_where_the_plan_says_and_a_second_time_nothing_is_done(call):
    with scene(a_lab(OFF | {"vmid": 101, "count": 6})) as found:
        found.sim.advance(60)
        run = call(found)
        proposed = run(guests=list(range(101, 107)))
        assert found.writes() == []
        preview = run(guests=list(range(101, 107)), state="started", check=True)
        assert found.writes() == []
        done = run(guests=list(range(101, 107)), state="started")
        assert [proposed.failure, preview.failure, done.failure] == [None] * 3
        assert [proposed.values["changed"], preview.values["changed"], done.values["changed"]] == [False, True, True]
        planned = {vmid: entry["target"] for vmid, entry in by_vmid(proposed).items()}
        assert nodes_of(found, planned) == planned
        assert sorted(Counter(planned.values()).values()) == [2, 2, 2]
        assert all(found.world.guests[vmid].is_running for vmid in planned)
        assert {entry["outcome"]["status"] for entry in done.values["guests"]} == {"done"}
        found.sim.advance(20)
        writes = found.writes()
        again = run(guests=list(range(101, 107)), state="started")
        assert (again.values["changed"], again.failure, found.writes()) == (False, None, writes)
        assert {entry["kind"] for entry in again.values["guests"]} == {"runs"}


def test_the_diff_shows_nodes_and_whether_guests_run(call):
    with scene(a_lab(OFF | {"vmid": 101}, {"vmid": 201, "node": "a"})) as found:
        found.sim.advance(60)
        run = call(found)
        planned = run(guests=[101, 201], state="started", check=True).diff
        assert planned["before"] == "101 (guest101): a, stopped\n201 (guest201): a, running\n"
        assert planned["after"] == "101 (guest101): b, running\n201 (guest201): a, running\n"
        assert run(guests=[101], check=True).diff["after"] == "101 (guest101): a, stopped\n"
        assert run(guests=[101, 201], state="started").diff == planned


def test_guests_that_are_only_placed_do_not_run_and_are_left_where_they_are_the_next_time(call):
    with scene(a_lab(OFF | {"vmid": 101}, {"vmid": 201, "node": "a"})) as found:
        found.sim.advance(60)
        run = call(found)
        done = run(guests=[101], state="placed")
        assert (done.failure, done.values["changed"], found.node_of(101)) == (None, True, "b")
        assert not found.world.guests[101].is_running
        again = run(guests=[101], state="placed")
        assert (again.failure, again.values["changed"]) == (None, False)
        assert by_vmid(again)[101]["outcome"]["reason"] == "is on b already"
        assert recall_commitments(StateFile(path=run.path, is_read_only=True), "lab") == ()


def test_a_run_a_minute_later_knows_of_guests_that_do_not_show_yet(call):
    """They warm up for ten minutes: without the state file the second guest follows the first one."""
    slow = OFF | {"warm_up": "10m", "cores": 4, "load": {"cpu": 4.0, "memory": "7G"}}
    busy = {"vmid": 201, "node": "b", "load": {"cpu": 1.0, "memory": "4G"}}
    with scene(a_lab(slow | {"vmid": 101}, slow | {"vmid": 102}, busy, nodes="ab")) as found:
        found.sim.advance(60)
        run = call(found)
        run(guests=[101], state="started", method="cpu")
        found.sim.advance(60)
        forgetful = Caller(found)(guests=[102], method="cpu").values["placements"]["guest102"]
        mindful = run(guests=[102], method="cpu").values["placements"]["guest102"]
        assert (found.node_of(101), forgetful, mindful) == ("a", "a", "b")


def test_the_cluster_is_looked_at_again_before_each_wave(call):
    with scene(a_lab(OFF | {"vmid": 101, "count": 5})) as found:
        found.sim.advance(60)
        done = call(found)(guests={"pattern": "*"}, state="started", wave=2)
        starts = [path for path in found.writes() if path.endswith("/status/start")]
        assert (done.failure, len(starts)) == (None, 5)
        looks = [entry for entry in found.sim.log.entries() if entry.path == "/cluster/status"]
        assert len(looks) >= 3
        assert sorted(Counter(nodes_of(found, range(101, 106)).values()).values()) == [1, 2, 2]


def test_a_guest_that_fits_nowhere_is_told_of_and_the_others_start(call):
    with scene(a_lab(OFF | {"vmid": 101}, OFF | {"vmid": 102, "memory": "80G"})) as found:
        found.sim.advance(60)
        run = call(found)
        assert run(guests=[101, 102]).failure is None
        atomic = run(guests=[101, 102], state="started", atomic=True)
        assert (found.writes(), atomic.values["changed"]) == ([], False)
        assert (
            "1 guest(s) have no node, so nothing was done (atomic): 102 (guest102): no node may take it"
            in atomic.failure
        )
        assert run(guests=[101, 102], atomic=True).failure == atomic.failure
        done = run(guests=[101, 102], state="started")
        assert (done.values["changed"], done.values["unplaced"]) == (True, [102])
        assert "102 (guest102): no node may take it: a would use" in done.failure
        assert found.world.guests[101].is_running


def test_guests_that_belong_together_start_together(call):
    rules = [{"name": "pair", "type": "together", "guests": [101, 102]}]
    with scene(a_lab(OFF | {"vmid": 101}, OFF | {"vmid": 102, "node": "b"}, {"vmid": 201, "node": "a"})) as found:
        found.sim.advance(60)
        done = call(found)(guests=[101, 102], rules=rules, state="started", wave=1)
        assert done.failure is None
        assert len(set(nodes_of(found, (101, 102)).values())) == 1


def test_by_hand_means_that_nothing_is_done(call):
    guests = (
        OFF | {"vmid": 101, "tags": ["drs-manual"]},
        OFF | {"vmid": 102, "tags": ["drs-ignore"]},
        OFF | {"vmid": 103},
    )
    with scene(a_lab(*guests)) as found:
        found.sim.advance(60)
        run = call(found)
        done = run(guests=[101, 102, 103], state="started")
        assert done.failure is None
        assert [entry["kind"] for entry in done.values["guests"]] == ["recommended", "ignored", "placed"]
        assert [found.world.guests[vmid].is_running for vmid in (101, 102, 103)] == [False, False, True]
        assert not run(guests=[101], state="started", automation="manual").values["changed"]


@pytest.mark.parametrize("profile", ["8.4", "9.2"])
def test_guests_under_ha_are_moved_and_started_by_the_ha_manager(call, profile):
    scenario = a_lab(
        OFF | {"vmid": 101, "count": 2, "ha": "stopped"}, {"vmid": 201, "node": "a"}, cluster={"profile": profile}
    )
    with scene(scenario) as found:
        found.sim.advance(120)
        done = call(found)(guests=[101, 102], state="started")
        assert done.failure is None
        assert sorted(nodes_of(found, (101, 102)).values()) == ["b", "c"]
        assert all(found.world.guests[vmid].is_running for vmid in (101, 102))


def test_guests_that_the_ha_manager_places_itself_are_left_to_it_unless_that_is_overridden(call):
    options = {"crs": {"ha": "static", "ha-rebalance-on-start": 1}}
    guests = (OFF | {"vmid": 101, "ha": "stopped"}, OFF | {"vmid": 102}, {"vmid": 201, "node": "a"})
    with scene(a_lab(*guests, options=options)) as found:
        found.sim.advance(120)
        run = call(found)
        assert [entry["kind"] for entry in run(guests=[101, 102]).values["guests"]] == ["left_to_ha", "placed"]
        overridden = run(guests=[101, 102], override=True).values["guests"]
        assert [entry["kind"] for entry in overridden] == ["placed", "placed"]
        done = run(guests=[101, 102], state="started")
        assert done.failure is None
        assert by_vmid(done)[101]["outcome"]["running"]
        assert not [path for path in found.writes() if path.endswith("/qemu/101/migrate")]


def test_each_guest_that_fails_is_told_of_with_where_it_is(call):
    faults = [
        {"fail_task": "no route to host", "task": "qmigrate", "vmid": 101},
        {"fail_task": "out of luck", "task": "qmstart", "vmid": 102},
    ]
    guests = (OFF | {"vmid": 101, "count": 3}, {"vmid": 201, "node": "a", "memory": "16G"})
    with scene(a_lab(*guests, nodes="ab", faults=faults)) as found:
        found.sim.advance(60)
        run = call(found)
        done = run(
            guests=[101, 102, 103],
            state="started",
            rules=[{"name": "off-a", "type": "run_on", "guests": [101], "nodes": ["b"]}],
        )
        assert "guest 101 (guest1) is on a: not moved: " in done.failure
        assert "guest 102 (guest2) is on b: not started: its task ended with: out of luck" in done.failure
        outcomes = {vmid: entry["outcome"] for vmid, entry in by_vmid(done).items()}
        assert [outcomes[vmid]["status"] for vmid in (101, 102, 103)] == ["failed", "failed", "done"]
        assert (done.values["changed"], found.node_of(101), found.world.guests[101].is_running) == (True, "a", False)
        kept = recall_commitments(StateFile(path=run.path, is_read_only=True), "lab")
        assert [one.vmid for one in kept] == [103]


def test_newcomers_get_nodes_that_have_their_storage_and_ids_that_are_free(call):
    new = [
        NEW | {"name": f"web{n}", "memory": 4096, "cores": 2, "disk": 10, "storage": "ceph", "tags": ["web"]}
        for n in (1, 2)
    ]
    rules = [{"name": "apart", "type": "separate", "guests": {"tag": "web"}}]
    with scene(a_lab({"vmid": 101, "node": "a"})) as found:
        found.sim.advance(60)
        told = call(found)(new=new, rules=rules)
        assert (told.failure, told.values["placements"]) == (None, {"web1": "b", "web2": "c"})
        assert [(entry["vmid"], entry["node"]) for entry in told.values["guests"]] == [(100, None), (102, None)]
        lost = call(found)(new=[NEW | {"name": "db", "storage": "nvme", "disk": 1}])
        assert "storage nvme is not there for images on a" in lost.values["report"]
        huge = call(found)(new=[NEW | {"name": "db", "storage": "ceph", "disk": 1e6, "type": "lxc"}])
        assert huge.values["unplaced"] == [100]


def test_a_balloon_makes_do_with_less_room(call):
    ballooned = OFF | {"vmid": 101, "memory": "60G", "config": {"balloon": 8192}, "load": {"cpu": 1.0, "memory": "4G"}}
    new = [NEW | {"name": "big", "memory": 61440, "balloon": 8192}]
    with scene(a_lab(ballooned, nodes="ab")) as found:
        found.sim.advance(60)
        run = call(found)
        assert run(guests=[101]).values["unplaced"] == [101]
        assert run(new=new).values["unplaced"] == [100]
        assert run(new=new, memory_room="balloon").values["unplaced"] == []


WRONG = {
    "nobody": ({}, "name guests that are to be placed"),
    "to be created and started": ({"new": [NEW | {"name": "x"}], "state": "started"}, "state is started, but new"),
    "an unknown guest": ({"guests": [999]}, "option guests names guest 999, which no guest"),
    "an unknown tag": ({"guests": {"tag": "nope"}}, "option guests names tag nope"),
    "no selector": ({"guests": {"shoe": 1}}, "option guests: guests cannot be chosen by shoe"),
    "a taken id": ({"new": [NEW | {"name": "x", "vmid": 101}]}, "vmid 101 is taken"),
    "an id twice": ({"new": [NEW | {"name": "x", "vmid": 300}] * 2}, "vmid 300 is given more than once"),
    "a small id": ({"new": [NEW | {"name": "x", "vmid": 7}]}, "guest x: vmid is 7, but must be between"),
    "the id 0": ({"new": [NEW | {"name": "x", "vmid": 0}]}, "guest x: vmid is 0, but must be between"),
    "no memory": ({"new": [NEW | {"name": "x", "memory": 0}]}, "guest x: it needs cores and memory"),
    "a large balloon": ({"new": [NEW | {"name": "x", "balloon": 9999}]}, "guest x: balloon is 9999 MiB"),
    "less than no disk": ({"new": [NEW | {"name": "x", "disk": -1}]}, "guest x: disk is -1 GiB"),
    "a disk nowhere": ({"new": [NEW | {"name": "x", "disk": 1}]}, "guest x: it has a disk of 1 GiB: name its storage"),
    "no wave": ({"guests": [101], "wave": 0}, "wave is 0, but must be between 1 and 1000 guests"),
}


def test_bad_input_is_refused_before_anything_is_done(call):
    with scene(a_lab(OFF | {"vmid": 101})) as found:
        for params, message in WRONG.values():
            with pytest.raises(BadPolicy, match=message):
                call(found)(**params)
        assert found.writes() == []


def test_who_may_not_start_guests_does_nothing(call):
    scenario = a_lab(OFF | {"vmid": 101}, {"vmid": 201, "node": "a"})
    scenario["roles"] = {"DRS": [each for each in ROLE if each != "VM.PowerMgmt"]}
    with scene(scenario) as found:
        found.sim.advance(60)
        with pytest.raises(PermissionMissing, match=r"lacks VM\.PowerMgmt on /vms/101"):
            call(found)(guests=[101], state="started")
        assert found.writes() == []


def test_who_may_not_move_guests_starts_them_where_they_are(call):
    scenario = a_lab(OFF | {"vmid": 101}, {"vmid": 201, "node": "a"})
    scenario["roles"] = {"DRS": [each for each in ROLE if each != "VM.Migrate"]}
    with scene(scenario) as found:
        found.sim.advance(60)
        done = call(found)(guests=[101], state="started")
        assert (done.failure, found.node_of(101), found.world.guests[101].is_running) == (None, "a", True)


def test_a_stop_leaves_later_waves_alone(call):
    with scene(a_lab(OFF | {"vmid": 101, "count": 3})) as found:
        found.sim.advance(60)
        run = call(found)
        found.clock.due.append((61.0, lambda: run.stop.request("signal SIGTERM")))
        done = run(guests=[101, 102, 103], state="started", wave=1)
        statuses = [entry["outcome"]["status"] for entry in done.values["guests"]]
        assert "skipped" in statuses
        assert "not started: stopped by signal SIGTERM" in done.failure


def test_what_was_started_is_told_of_also_when_the_cluster_cannot_be_asked_any_more(call):
    """Between the first wave and the second one."""
    broken = {"answer": {"status": 500, "text": "out of order"}, "path": "/cluster/status", "skip": 1}
    with scene(a_lab(OFF | {"vmid": 101, "count": 2}, faults=[broken])) as found:
        found.sim.advance(60)
        done = call(found)(guests=[101, 102], state="started", wave=1)
        first, second = done.values["guests"]
        assert (first["outcome"]["status"], first["outcome"]["running"]) == ("done", True)
        assert second["outcome"]["status"] == "skipped"
        assert "guest 102 (guest2) is on a: not started: " in done.failure
        assert "out of order" in done.failure


def test_templates_are_meant_by_their_ids_alone(call):
    guests = (OFF | {"vmid": 101, "tags": ["web"]}, OFF | {"vmid": 102, "tags": ["web"], "template": True})
    with scene(a_lab(*guests)) as found:
        found.sim.advance(60)
        run = call(found)
        assert [entry["vmid"] for entry in run(guests={"tag": "web"}).values["guests"]] == [101]
        assert run(guests=[101, 102]).values["unplaced"] == [102]


def test_guests_left_to_the_ha_manager_are_not_moved_by_placing_them(call):
    options = {"crs": {"ha": "static", "ha-rebalance-on-start": 1}}
    with scene(a_lab(OFF | {"vmid": 101, "ha": "stopped"}, {"vmid": 201, "node": "a"}, options=options)) as found:
        found.sim.advance(120)
        done = call(found)(guests=[101], state="placed")
        assert (done.failure, done.values["changed"], found.node_of(101)) == (None, False, "a")
        assert "ha-rebalance-on-start" in by_vmid(done)[101]["outcome"]["reason"]


def test_no_node_is_promised_more_memory_than_it_has_also_where_the_guest_lies(call):
    """What guests of node a are configured with is promised already, however little they use."""
    large = {"vmid": 201, "node": "a", "memory": "60G", "load": {"cpu": 0.5, "memory": "2G"}}
    busy = {"vmid": 202, "node": "b", "memory": "30G", "load": {"cpu": 0.5, "memory": "28G"}}
    with scene(a_lab(OFF | {"vmid": 101}, large, busy, nodes="ab")) as found:
        found.sim.advance(60)
        told = by_vmid(call(found)(guests=[101]))[101]
        assert (told["target"], told["refusals"][0]["constraint"]) == ("b", "memory_overcommit")

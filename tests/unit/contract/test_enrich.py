# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Beyond the listings, before the simulator: what a policy needs and nothing else, and what one node's silence costs."""

from dataclasses import replace
from itertools import pairwise

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.details import LocalStorage
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.sample import Sample
from ansible_collections.pve.drs.plugins.module_utils.core.needs import needs_of
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import collect, picture
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.plugins.module_utils.pve.enrich import remembered
from ansible_collections.pve.drs.plugins.module_utils.pve.recheck import fresh_recheck
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault
from simulator.world.loads import Constant, Demand
from simulator.world.tasks import ROOT

GIB = 2.0**30
HISTORY = Needs(node_history=True, recent_moves=True)
LOOKING_BACK = ("mean", "ema", "percentile", "max", "holt_winters")


def seasoned(**changes):
    """A cluster that has been running for a day."""
    cluster = {"history": "1d"} | changes.pop("cluster", {})
    return uneven(cluster=cluster, **changes)


def paths(found, part):
    """What was asked of paths with this in them."""
    return [entry.path for entry in found.sim.log.entries() if part in entry.path]


def collected(scenario, needs, *faults):
    with scene(scenario) as found:
        for fault in faults:
            found.world.faults.add(fault)
        return collect(found.api, needs, found.clock)


# --- nodes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "rows"), [("8.4", 70), ("9.2", 60)])
def test_the_last_hour_of_nodes(profile, rows):
    cluster = collected(seasoned(cluster={"profile": profile}), HISTORY)
    past = cluster.history.nodes["a"]
    assert rows - 1 <= len(past.cpu.samples) <= rows
    assert cluster.history.now - 120 < past.memory.known[-1][0] <= cluster.history.now
    assert past.cpu.values[-1] == pytest.approx(cluster.node_by_name["a"].usage.cpu, rel=0.01)
    assert past.memory.values[-1] == pytest.approx(cluster.node_by_name["a"].usage.memory, rel=0.01)


def test_pressure_of_nodes_with_its_peaks():
    past = collected(seasoned(), Needs(node_pressure=True)).history.nodes["a"]
    names = {"cpu_some", "io_some", "io_full", "memory_some", "memory_full"}
    assert past.pressure.keys() == past.pressure_peaks.keys() == names
    assert len(past.pressure["cpu_some"].values) >= 59


def test_pve_8_has_no_pressure_and_none_is_made_up():
    cluster = collected(seasoned(cluster={"profile": "8.4"}), Needs(node_pressure=True, guest_pressure=True))
    assert cluster.history.nodes["a"].pressure == {}
    assert {guest.pressure for guest in cluster.guests} == {None}


def test_days_come_before_the_last_hour():
    past = collected(seasoned(), Needs(node_history=True, node_days=True)).history.nodes["a"]
    times = [time for time, _value in past.cpu.known]
    assert times == sorted(set(times))
    assert 22 * 3600 < times[-1] - times[0] <= 24 * 3600


FAILURES = {
    "unreachable": Fault("answer", status=595, text="No route to host", path="/nodes/b/rrddata"),
    "no file yet": Fault("answer", status=500, text="RRD error: opening 'b': No such file", path="/nodes/b/rrddata"),
    "forbidden": Fault(
        "answer", status=403, text="Permission check failed (/nodes/b, Sys.Audit)", path="/nodes/b/rrddata"
    ),
}


@pytest.mark.parametrize("fault", FAILURES.values(), ids=FAILURES.keys())
def test_a_node_without_history_does_not_lose_the_others(fault):
    cluster = collected(seasoned(), HISTORY, fault)
    assert len(cluster.history.nodes["a"].cpu.values) >= 59
    assert cluster.history.nodes["b"].cpu.samples == ()
    assert [warning for warning in cluster.warnings if warning.startswith("no history of node b")] == list(
        cluster.warnings
    )
    assert fault.status == 595 or fault.text in cluster.warnings[0]


def test_details_of_nodes():
    cluster = collected(seasoned(), Needs(node_details=True))
    details = cluster.node_by_name["a"].details
    assert (details.ksm_bytes, details.swap_used_bytes, details.arc_bytes) == (0.0, 0.0, 0.0)
    assert (details.mhz, details.cores) == (2000.0, 8)


def test_a_node_without_status_keeps_its_place():
    cluster = collected(seasoned(), Needs(node_details=True), Fault("answer", status=596, path="/nodes/b/status"))
    assert [node.details is None for node in cluster.nodes] == [False, True, False]
    assert cluster.warnings[0].startswith("no status of node b: GET /nodes/b/status")


def test_the_clock_of_the_cluster_counts_whatever_the_one_here_says():
    with scene(seasoned()) as found:
        assert collect(found.api, HISTORY).history.now == pytest.approx(found.world.clock.now, abs=1.0)


# --- guests -------------------------------------------------------------------------------------------------------


def test_pressure_of_machines_and_containers():
    guests = [{"vmid": 101, "node": "a"}, {"vmid": 102, "node": "a", "type": "lxc"}]
    cluster = collected(seasoned(guests=guests), Needs(guest_pressure=True))
    assert [guest.pressure["cpu_full"] for guest in cluster.guests] == [0.0, 0.0]


def test_balloons():
    guests = [{"vmid": 101, "node": "a", "config": {"balloon": 2048}}, {"vmid": 102, "node": "a"}]
    cluster = collected(seasoned(guests=guests), Needs(node_details=True))
    balloon = cluster.guest_by_vmid[101].balloon
    assert (balloon.least_bytes, balloon.shares) == (2 * GIB, 1000.0)
    assert cluster.guest_by_vmid[102].balloon is None


def test_only_guests_that_a_node_may_cap_are_asked_for_their_cpus():
    guests = [{"vmid": 101, "node": "a", "cores": 24}, {"vmid": 102, "node": "a", "cores": 4}]
    with scene(seasoned(guests=guests)) as found:
        cluster = collect(found.api, Needs(vcpus=True))
        assert paths(found, "/config") == ["/nodes/a/qemu/101/config"]
    assert (cluster.guest_by_vmid[101].size.cpu, cluster.guest_by_vmid[101].vcpus) == (16.0, 24.0)
    assert cluster.guest_by_vmid[102].vcpus is None


VOLUMES = [
    {"vmid": 101, "node": "a", "disks": ["disk:8G", "ceph:4G"]},
    {"vmid": 102, "node": "a", "type": "lxc", "disks": ["disk:2G"]},
    {"vmid": 103, "node": "b"},
]
ADMIN = {"DRS": ["VM.Audit", "VM.Migrate", "VM.Config.Disk", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]}


def test_volumes_on_storages_of_one_node():
    with scene(seasoned(guests=VOLUMES, roles=ADMIN)) as found:
        cluster = collect(found.api, Needs(volumes=True))
        assert sorted(paths(found, "/content")) == [f"/nodes/{name}/storage/disk/content" for name in "abc"]
    assert [guest.local_bytes for guest in cluster.guests] == [8 * GIB, 2 * GIB, 0.0]
    (storage,) = cluster.node_by_name["a"].local_storages
    assert isinstance(storage, LocalStorage)
    assert (storage.id, storage.plugintype) == ("disk", "lvmthin")
    assert cluster.warnings == ()


def test_volumes_are_known_by_storage():
    cluster = collected(seasoned(guests=VOLUMES, roles=ADMIN), Needs(volumes=True))
    (volume,) = cluster.guest_by_vmid[101].local_volumes
    assert (volume.storage, volume.pool, volume.bytes) == ("disk", "disk", 8 * GIB)


def test_volumes_that_may_be_hidden_are_not_taken_for_none():
    cluster = collected(seasoned(guests=VOLUMES), Needs(volumes=True))
    assert [guest.local_bytes for guest in cluster.guests] == [8 * GIB, 2 * GIB, None]
    assert cluster.warnings[0].startswith("drs@pve!test lacks VM.Config.Disk on /vms: ")


def test_a_storage_that_gives_no_list_leaves_the_guests_of_its_node_unknown():
    fault = Fault("answer", status=596, path="/nodes/b/storage/disk/content")
    cluster = collected(seasoned(guests=VOLUMES, roles=ADMIN), Needs(volumes=True), fault)
    assert [guest.local_bytes for guest in cluster.guests] == [8 * GIB, 2 * GIB, None]
    assert "no list of volumes of b" in cluster.warnings[0]


HIDING = [
    {"vmid": 101, "count": 4, "node": "a", "disks": ["disk:16G"]},
    {"vmid": 201, "node": "b", "disks": ["disk:1G"]},
    {"vmid": 301, "node": "c", "disks": ["disk:1G"]},
]


class Hiding(Api):
    """As genuine daemons do for users without VM.Config.Disk: no volumes of guests in any list."""

    def volumes(self, node, storage):
        super().volumes(node, storage)
        return []


def test_hidden_volumes_are_read_from_configurations_of_guests_that_may_move():
    policy = Policy(method="disk", with_local_disks=True)
    disk = {"type": "lvmthin", "content": ["images", "rootdir"], "size": "100G", "used_on": {"a": "70G"}}
    with scene(seasoned(guests=HIDING, storages={"disk": disk}), policy) as found:
        api = Hiding(found.client)
        plan = decide(api, collect(api, needs_of(policy)), policy)
        asked = paths(found, "/config")
        assert plan.moves == decide(found.api, collect(found.api, needs_of(policy)), policy).moves
    assert {planned.move.source for planned in plan.moves} == {"a", "b"}
    assert sorted(asked) == [*(f"/nodes/a/qemu/{vmid}/config" for vmid in range(101, 105)), "/nodes/b/qemu/201/config"]


# --- samples ------------------------------------------------------------------------------------------------------


def test_a_minute_of_samples():
    with scene(uneven()) as found:
        began = found.clock.now()
        cluster = collect(found.api, Needs(samples=True), found.clock)
        assert found.clock.now() - began == 55.0
    past = cluster.history.guests[101]
    assert len(past.cpu.values) == len(cluster.history.nodes["a"].memory.values) == 12
    assert [b - a for (a, _value), (b, _other) in pairwise(past.cpu.samples)] == [5.0] * 11


@pytest.mark.parametrize(
    ("age", "samples", "seconds"), [(0, 2, 0), (5, 2, 0), (30, 7, 25), (200, 13, 55), (301, 12, 55)]
)
def test_earlier_averages_leave_only_the_time_since_then(age, samples, seconds):
    with scene(uneven()) as found:
        began = found.clock.now()
        seed = Sample(time=int(began) - age, nodes={"a": Resources(1, 2)}, guests={101: Resources(3, 4)})
        cluster = collect(found.api, Needs(samples=True), found.clock, {"lab": seed}.get)
        assert found.clock.now() - began == seconds
    past = cluster.history.guests[101].cpu
    assert len(past.values) == samples
    assert (past.values[0] == 3) == (age <= 300)


def test_a_sample_that_is_lost_is_a_gap():
    with scene(uneven()) as found:
        found.clock.due.append(
            (10.0, lambda: found.world.faults.add(Fault("answer", path="/cluster/resources", count=1)))
        )
        cluster = collect(found.api, Needs(samples=True), found.clock)
    assert len(cluster.history.nodes["a"].cpu.values) == 11


def test_samples_go_on_where_the_recorded_minutes_end():
    with scene(seasoned()) as found:
        cluster = collect(found.api, Needs(samples=True, node_pressure=True), found.clock)
    past = cluster.history.nodes["a"]
    times = [time for time, _value in past.cpu.known]
    assert times == sorted(times)
    assert [b - a for a, b in pairwise(times[-12:])] == [5.0] * 11
    assert 58 <= len(past.pressure["cpu_some"].values) <= 60
    assert 12 + 57 <= len(times) <= 12 + 60


# --- deciding and carrying out ------------------------------------------------------------------------------------


def test_only_nodes_that_would_lose_guests_are_asked_for_lists():
    disk = {"type": "lvmthin", "content": ["images", "rootdir"], "size": "100G", "used_on": {"a": "70G"}}
    scenario = seasoned(guests=HIDING[:1], storages={"disk": disk}, roles=ADMIN)
    with scene(scenario, Policy(method="disk", with_local_disks=True)) as found:
        plan = found.decide()
        assert paths(found, "/content") == ["/nodes/a/storage/disk/content"]
    assert {planned.move.source for planned in plan.moves} == {"a"}


def test_who_may_only_look_is_shown_the_same_plan():
    auditor = {"DRS": ["VM.Audit", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]}
    with scene(seasoned(roles=auditor), Policy(estimator="mean")) as found:
        plan = found.decide()
        assert len([path for path in paths(found, "/qemu/") if "rrddata" in path]) == 4
    assert [str(planned.move) for planned in plan.moves] == ["101 a->b", "102 a->c"]


def test_only_guests_of_nodes_that_would_lose_some_are_asked_for_their_history():
    with scene(seasoned(), Policy(estimator="mean")) as found:
        plan = found.decide()
        asked = paths(found, "/qemu/")
    assert [str(planned.move) for planned in plan.moves] == ["101 a->b", "102 a->c"]
    assert sorted(path for path in asked if "rrddata" in path) == [
        f"/nodes/a/qemu/{k}/rrddata" for k in range(101, 105)
    ]


def test_a_guest_without_history_is_named_and_not_asked_about_again():
    with scene(seasoned(), Policy(estimator="mean")) as found:
        found.world.faults.add(Fault("answer", text="RRD error: opening '101'", path="/nodes/a/qemu/101/rrddata"))
        plan = found.decide()
        assert len(paths(found, "/qemu/101/rrddata")) == 1
    assert any("no history of guest 101" in notice for notice in plan.notices)


@pytest.mark.parametrize("estimator", LOOKING_BACK)
def test_a_second_run_right_after_the_first_moves_nothing(estimator):
    with scene(seasoned(), Policy(estimator=estimator)) as found:
        plan = found.decide()
        assert found.execute(plan).is_complete
        again = found.decide()
    assert len(plan.moves) == 2
    assert again.moves == ()
    assert [(m.vmid, m.source, m.target) for m in again.cluster.history.moves] == [(101, "a", "b"), (102, "a", "c")]


@pytest.mark.parametrize("estimator", LOOKING_BACK)
def test_a_step_is_judged_by_the_past_that_the_plan_was_made_from(estimator):
    with scene(seasoned(), Policy(estimator=estimator)) as found:
        plan = found.decide()
        found.sim.log.clear()
        began = found.clock.now()
        found.execute(plan, settle_seconds=0)
        assert paths(found, "rrddata") == []
        assert found.clock.now() - began < 50


def test_a_step_is_judged_by_estimates_of_its_guests():
    with scene(seasoned(), Policy(estimator="mean")) as found:
        plan = found.decide()
        found.sim.call(lambda: found.world.set_load(found.world.guests[101], Constant(Demand(1.0, 4 * GIB))))
        found.sim.advance(12)
        recheck = fresh_recheck(found.api, plan, plan.steps[0])
    assert recheck.guests[101].demand.memory == pytest.approx(12 * GIB, rel=0.02)


def test_what_was_moved_since_the_plan_is_known():
    with scene(seasoned()) as found:
        before = collect(found.api, HISTORY)
        found.world.steal(102, "c")
        found.sim.advance(120)
        fresh, listings = picture(found.api)
        cluster = remembered(fresh, before, listings)
    assert [(move.vmid, move.target) for move in cluster.history.moves] == [(102, "c")]
    assert (cluster.history.nodes, cluster.history.now) == (before.history.nodes, before.history.now)


def test_details_are_those_of_the_plan_and_places_those_of_now():
    guests = [{"vmid": 101, "node": "a", "cores": 24, "disks": ["ceph:4G"], "config": {"balloon": 2048}}]
    needs = Needs(vcpus=True, volumes=True, guest_pressure=True, node_details=True)
    with scene(seasoned(guests=guests, roles=ADMIN, nodes={"a": {}, "b": {}, "c": {"cores": 24}})) as found:
        before = collect(found.api, needs)
        found.world.steal(101, "c")
        found.sim.advance(120)
        fresh, listings = picture(found.api)
        guest = remembered(fresh, before, listings).guest_by_vmid[101]
        node = remembered(fresh, before, listings).node_by_name["a"]
    (known,) = before.guests
    assert (guest.node, guest.vcpus, guest.local_bytes) == ("c", 24.0, 0.0)
    assert (guest.pressure, guest.balloon) == (known.pressure, known.balloon) != (None, None)
    assert node.details is not None
    assert node.details == before.node_by_name["a"].details


GROWING = [
    {"vmid": 101, "count": 4, "node": "a"},
    {"vmid": 201, "node": "b", "memory": "56G"},
    {"vmid": 301, "node": "c"},
]


def test_a_spike_after_the_plan_was_made_closes_its_target():
    """The past says that b has room; what it uses now says that it has not."""
    with scene(seasoned(guests=GROWING), Policy(estimator="mean", memory_overcommit=0.0)) as found:
        plan = found.decide()
        found.sim.call(lambda: found.world.set_load(found.world.guests[201], Constant(Demand(1.0, 50 * GIB))))
        found.sim.advance(12)
        outcome = found.execute(plan)
    first = next(move for move in outcome.moves if move.planned.move.target == "b")
    assert (first.status, first.node) == ("skipped", "a")


def a_second(_task):
    """What a task does."""
    yield 1.0


def test_moves_that_the_short_list_has_dropped_are_found_on_their_node():
    with scene(seasoned()) as found:
        found.world.steal(102, "c")
        found.sim.advance(120)
        for _unused in range(30):
            found.sim.call(lambda: found.world.tasks.start("a", "vzdump", "", ROOT, a_second))
        found.sim.advance(5)
        cluster = collect(found.api, HISTORY, found.clock)
    (move,) = cluster.history.moves
    assert (move.vmid, move.source, move.target) == (102, "a", "c")
    assert isinstance(move, PastMove)


NEEDS = {
    "nothing": (Needs(), 9),
    "history": (HISTORY, 9 + 3 + 1),
    "pressure": (Needs(node_pressure=True, guest_pressure=True), 9 + 4 * 3 + 1),
    "details": (Needs(node_details=True), 9 + 3 * 3),
    "volumes": (Needs(volumes=True), 9 + 3),
    "samples": (Needs(samples=True), 9 + 1 + 10 + 9 + 1),
}


@pytest.mark.parametrize(("needs", "reads"), NEEDS.values(), ids=NEEDS.keys())
def test_requests_are_counted(needs, reads):
    with scene(seasoned()) as found:
        collect(found.api, needs, found.clock)
        assert found.client.reads == reads


ALIKE = Policy(host_layouts=dict.fromkeys(("a", "b", "c"), "one"))


def test_configurations_are_asked_of_guests_that_may_move_only():
    guests = [
        {"vmid": 101, "count": 4, "node": "a", "config": {"hugepages": "1024", "numa": 1, "cpulimit": 1.5}},
        {"vmid": 201, "count": 2, "node": "b"},
        {"vmid": 301, "node": "c"},
    ]
    with scene(uneven(guests=guests), ALIKE) as found:
        plan = found.decide()
        asked = {int(path.split("/")[-2]) for path in paths(found, "/config")}
        assert len(asked) == len(paths(found, "/config"))
    known = {guest.vmid: guest.config for guest in plan.cluster.guests if guest.config}
    assert plan.moves
    assert {planned.move.vmid for planned in plan.moves} <= known.keys() == asked
    assert 301 not in asked
    assert {config.cpulimit for vmid, config in known.items() if vmid < 200} == {1.5}


def test_a_guest_with_hugepages_takes_all_of_its_memory_along():
    """It uses 12 of 40 GiB; neither b nor c has room for all of them."""
    guests = [
        {"vmid": 101, "node": "a", "memory": "40G", "config": {"hugepages": "any", "numa": 1}},
        {"vmid": 102, "count": 3, "node": "a", "tags": ["drs-pin"]},
        {"vmid": 201, "count": 2, "node": "b"},
        {"vmid": 301, "count": 2, "node": "c"},
    ]
    with scene(uneven(guests=guests), replace(ALIKE, memory_overcommit=0.0)) as found:
        plan = found.decide()
    assert plan.moves == ()
    assert {"memory_capacity"} == {refusal.constraint for refusal in plan.refusals if refusal.vmid == 101}

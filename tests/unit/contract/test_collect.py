# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Collecting and deciding before the simulator: the whole picture, in few requests, or a clear refusal."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError, NoQuorum, PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    HaConfig,
    HaGroup,
    HaResource,
    NodeAffinity,
    ResourceAffinity,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.pve import decide
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import collect
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault

GIB = 2.0**30
AUDIT = ["VM.Audit", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]
HA_GUESTS = [{"vmid": 101, "count": 2, "node": "a", "ha": "started"}, {"vmid": 201, "node": "b"}]


def collected(scenario, then=None):
    """The cluster as collected, after something was done to the world."""
    with scene(scenario) as found:
        if then:
            found.sim.call(lambda: then(found.world))
        return collect(found.api)


def test_a_cluster_is_seen_as_it_is():
    cluster = collected(uneven(guests=[{"vmid": 7, "name": "db", "node": "b", "tags": ["x", "y"], "pool": "shop"}]))
    assert (cluster.name, cluster.version, cluster.is_quorate) == ("lab", "9.2.11", True)
    assert [(node.name, node.status, node.capacity) for node in cluster.nodes] == [
        (name, "online", Resources(16, 64 * GIB)) for name in "abc"
    ]
    (guest,) = cluster.guests
    assert (guest.vmid, guest.name, guest.node, guest.status) == (7, "db", "b", "running")
    assert (guest.tags, guest.pool, guest.size) == (frozenset({"x", "y"}), "shop", Resources(2, 12 * GIB))
    assert guest.demand.cpu == pytest.approx(1.0, rel=0.05)
    assert cluster.warnings == ()


@pytest.mark.parametrize("profile", ["8.4", "9.0", "9.2"])
def test_requests_do_not_grow_with_the_cluster(profile):
    def reads(count):
        guests = [{"vmid": 101, "count": count, "node": "a", "load": {"cpu": 0.01, "memory": "64M"}}]
        with scene(uneven(guests=guests, cluster={"profile": profile})) as found:
            collect(found.api)
            return found.client.reads

    assert reads(1) == reads(200) <= 10


def test_a_standalone_host_works():
    cluster = collected(uneven(nodes={"a": {}}, guests=[{"vmid": 101, "node": "a"}]))
    assert [node.name for node in cluster.nodes] == ["a"]
    assert cluster.is_quorate


def test_an_offline_node_stays_in_the_picture_without_figures():
    cluster = collected(uneven(), lambda world: (world.node_down("c"), world.clock.advance(400)))
    node = cluster.node_by_name["c"]
    assert (node.status, node.capacity, node.usage) == ("offline", None, None)
    assert cluster.guest_by_vmid[301].status == "unknown"


def test_a_running_migration_is_seen_with_its_target():
    cluster = collected(uneven(), lambda world: (world.steal(102, "c"), world.clock.advance(3)))
    assert cluster.migrations == (Migration(vmid=102, source="a", target="c"),)


def test_a_host_without_quorum_is_asked_last():
    """The contact node lost its cluster link: it sees the others as dead, they see the truth."""
    cluster = collected(uneven(), lambda world: (world.cut_link("a"), world.clock.advance(60)))
    assert cluster.is_quorate
    assert [node.status for node in cluster.nodes] == ["offline", "online", "online"]


def test_a_cluster_without_quorum_is_no_basis_for_a_plan():
    with scene(uneven()) as found:
        found.sim.call(found.world.lose_quorum)
        with pytest.raises(NoQuorum, match="restore quorum first"):
            found.decide()


def test_ha_groups_of_pve_8():
    guests = [{"vmid": 101, "node": "a", "ha": {"group": "left"}}, {"vmid": 102, "node": "a", "ha": {"group": "gone"}}]
    left = {"nodes": ["a:2", "b"], "restricted": True, "nofailback": True, "comment": "licence"}
    cluster = collected(uneven(cluster={"profile": "8.4"}, guests=guests, ha={"groups": {"left": left}}))
    nodes = {"a": 2, "b": 0}
    assert cluster.ha == HaConfig(
        resources=(HaResource(sid="vm:101", group="left"), HaResource(sid="vm:102", group="gone")),
        groups=(HaGroup(name="left", nodes=nodes, is_restricted=True, fails_back=False, comment="licence"),),
    )


@pytest.mark.parametrize("profile", ["9.0", "9.2"])
def test_the_whole_ha_configuration_of_pve_9(profile):
    guests = [
        {"vmid": 101, "node": "a", "ha": {"failback": False, "comment": "stays"}},
        {"vmid": 102, "node": "a", "ha": "ignored"},
        {"vmid": 201, "node": "b", "type": "lxc", "ha": "started"},
    ]
    rules = {
        "left": {"type": "node-affinity", "resources": [101], "nodes": {"b": 5, "a": 0}, "strict": True},
        "apart": {"type": "resource-affinity", "resources": [101, 201], "affinity": "negative", "disable": True},
        "team": {"type": "resource-affinity", "resources": [101, 102], "affinity": "positive"},
    }
    scenario = uneven(cluster={"profile": profile}, guests=guests, ha={"rules": rules})
    apart, team = frozenset({"vm:101", "ct:201"}), frozenset({"vm:101", "vm:102"})
    assert collected(scenario).ha == HaConfig(
        resources=(
            HaResource(sid="ct:201"),
            HaResource(sid="vm:101", fails_back=False, comment="stays"),
            HaResource(sid="vm:102", state="ignored"),
        ),
        node_affinities=(
            NodeAffinity(name="left", sids=frozenset({"vm:101"}), nodes={"a": 0, "b": 5}, is_strict=True),
        ),
        resource_affinities=(
            ResourceAffinity(name="apart", sids=apart, is_positive=False, is_disabled=True),
            ResourceAffinity(name="team", sids=team, is_positive=True),
        ),
    )


class NotMigrated(Api):
    """PVE 9 that lists the rules which it will make of its groups, but still has the groups."""

    def ha_resources(self):
        return [{"sid": "vm:101", "group": "left"}]

    def ha_groups(self):
        return [{"group": "left", "nodes": "a", "nofailback": 1}]


def test_groups_that_pve_9_has_not_made_rules_of_yet():
    with scene(uneven()) as found:
        assert collect(NotMigrated(found.client)).ha.groups == (HaGroup(name="left", nodes={"a": 0}, fails_back=False),)


class Migrated(NotMigrated):
    """The groups became rules a moment ago: PVE refuses to list them."""

    def ha_groups(self):
        return Api.ha_groups(self)


def test_groups_that_became_rules_a_moment_ago():
    with scene(uneven()) as found:
        assert collect(Migrated(found.client)).ha.groups == ()


def test_groups_that_may_not_be_seen_are_an_error():
    with scene(uneven()) as found:
        found.sim.call(lambda: found.world.faults.add(Fault("answer", status=595, text="", path="/cluster/ha/groups")))
        with pytest.raises(ApiError, match="/cluster/ha/groups: 595"):
            collect(Migrated(found.client))


def test_maintenance_is_seen_as_soon_as_it_is_asked_for():
    scenario = uneven(guests=HA_GUESTS)
    cluster = collected(
        scenario, lambda world: (world.clock.advance(30), world.set_maintenance("b", on=True), world.clock.advance(11))
    )
    assert cluster.node_by_name["b"].in_maintenance


def test_the_balancer_of_proxmox_is_noticed():
    cluster = collected(uneven(options={"crs": {"ha": "dynamic", "ha-auto-rebalance": 1}}))
    assert cluster.auto_rebalance
    assert any("ha-auto-rebalance" in warning for warning in cluster.warnings)


WEAK = {
    "nothing": ([], r"lacks Sys\.Audit on /, Sys\.Audit on /nodes, VM\.Audit on /vms"),
    "no guests": (["Sys.Audit"], r"lacks VM\.Audit on /vms: grant the role PVEAuditor"),
    "no nodes": (["VM.Audit"], r"lacks Sys\.Audit on /, Sys\.Audit on /nodes: "),
}


@pytest.mark.parametrize(("privileges", "says"), WEAK.values(), ids=WEAK.keys())
def test_an_incomplete_picture_is_refused(privileges, says):
    with pytest.raises(PermissionMissing, match=says):
        collected(uneven(roles={"DRS": privileges or ["VM.Console"]}))


def test_a_token_without_rights_of_its_own_is_told_what_it_lacks():
    scenario = uneven()
    scenario["tokens"]["drs@pve!test"]["privsep"] = True
    with pytest.raises(PermissionMissing, match=r"drs@pve!test lacks .* privilege separation"):
        collected(scenario)


def test_what_is_missing_but_not_needed_is_a_warning():
    cluster = collected(uneven(roles={"DRS": ["VM.Audit", "Sys.Audit"]}))
    assert [warning.partition(":")[0] for warning in cluster.warnings] == [
        "drs@pve!test lacks Datastore.Audit on /storage",
        "drs@pve!test lacks Pool.Audit on /pool",
    ]


def test_a_node_that_may_not_be_seen_is_left_out_and_named():
    acl = [{"path": "/", "user": "drs@pve", "role": "DRS"}, {"path": "/nodes/c", "user": "drs@pve", "role": "NoAccess"}]
    cluster = collected(uneven(acl=acl))
    assert [node.name for node in cluster.measured_nodes] == ["a", "b"]
    assert any("no figures from node c: it is left out" in warning for warning in cluster.warnings)


class WithoutCpu(Api):
    """A cluster whose guests report no cpu."""

    def resources(self):
        return [
            {key: value for key, value in row.items() if key != "cpu" or row["type"] == "node"}
            for row in super().resources()
        ]


def test_estimates_are_named():
    with scene(uneven(guests=[{"vmid": 101, "count": 12, "node": "a", "memory": "1G"}])) as found:
        cluster = collect(WithoutCpu(found.client))
    assert all(guest.is_estimated and guest.demand.cpu == 1.0 for guest in cluster.guests)
    assert any("guest 101, 102" in warning and "110 and 2 more" in warning for warning in cluster.warnings)


def test_a_migration_whose_log_cannot_be_read_may_go_anywhere():
    def steal(world):
        world.steal(102, "c")
        world.clock.advance(3)
        world.faults.add(Fault("answer", status=595, text="No route to host", path="/nodes/a/tasks/*/log"))

    assert collected(uneven(), steal).migrations == (Migration(vmid=102, source="a"),)


def test_rules_about_pools_need_to_see_pools():
    rule = Rule(name="calm", type="ignore", guests=GuestSelector(pools=frozenset({"shop"})))
    scenario = uneven(roles={"DRS": ["VM.Audit", "Sys.Audit", "Datastore.Audit", "VM.Migrate"]})
    with scene(scenario, Policy(rules=(rule,))) as found, pytest.raises(PermissionMissing, match="rule calm selects"):
        found.decide()


def test_statistics_that_stopped_are_reported():
    cluster = collected(uneven(), lambda world: (world.statistics_down("c"), world.clock.advance(400)))
    assert cluster.node_by_name["c"].capacity is None
    assert cluster.guest_by_vmid[301].status == "unknown"


# --- deciding: what PVE says about single guests ------------------------------------------------------------------

FEW = {
    "ceph": {"type": "rbd", "nodes": ["a", "b"], "content": ["images", "rootdir"]},
    "disk": {"type": "lvmthin", "content": ["images", "rootdir"]},
}
OBSTACLES = {
    "device": ({"config": {"hostpci0": "0000:3b:00.0"}}, "it uses hostpci0 of its node"),
    "local disk": ({"disks": ["disk:8G"]}, "it has local disks disk:vm-101-disk-0 (with_local_disks is off)"),
    "CD image": (
        {"config": {"ide2": "disk:iso/a.iso,media=cdrom,size=1M"}},
        "CD image disk:iso/a.iso is only on its node",
    ),
    "backup": ({"lock": "backup"}, "it is locked (backup)"),
    "bind mount": ({"type": "lxc", "config": {"mp0": "/srv,mp=/srv"}}, "mp0 is a path of its node"),
    "device of a container": ({"type": "lxc", "config": {"dev0": "/dev/dri"}}, "it uses dev0 of its node"),
    "local volume": ({"type": "lxc", "disks": ["disk:8G"]}, "it has local volumes rootfs (with_local_disks is off)"),
}


@pytest.mark.parametrize(("guest", "says"), OBSTACLES.values(), ids=OBSTACLES.keys())
def test_what_cannot_move_is_not_planned(guest, says):
    guests = [{"vmid": 101, "node": "a"} | guest, {"vmid": 102, "count": 3, "node": "a"}, {"vmid": 201, "node": "b"}]
    policy = Policy(restart_containers=True, explain=(101,))
    with scene(uneven(guests=guests), policy) as found:
        plan = found.decide()
    assert plan.moves
    assert 101 not in {planned.move.vmid for planned in plan.moves}
    assert [answer.reason for answer in plan.answers if says not in str(answer.reason)] == []
    assert len(plan.answers) == 2


@pytest.mark.parametrize("kind", ["qemu", "lxc"])
def test_a_storage_restricts_where_a_guest_may_go(kind):
    with scene(uneven(storages=FEW, guest={"type": kind}), Policy(restart_containers=True)) as found:
        plan = found.decide()
    assert {planned.move.target for planned in plan.moves} == {"b"}


def test_a_token_may_move_only_some_guests():
    """Nothing is planned for the others, and nothing fails later."""
    roles = {"DRS": AUDIT, "Mover": [*AUDIT, "VM.Migrate"]}
    acl = [{"path": "/", "user": "drs@pve", "role": "DRS"}, {"path": "/vms/103", "user": "drs@pve", "role": "Mover"}]
    with scene(uneven(roles=roles, acl=acl)) as found:
        plan = found.decide()
        outcome = found.execute(plan)
    assert [planned.move.vmid for planned in plan.moves] == [103]
    assert outcome.is_complete
    assert any("lacks VM.Migrate on /vms/101" in refusal.reason for refusal in plan.refusals)


def test_guests_to_explain_are_asked_about_too():
    guests = [{"vmid": 101, "node": "b", "config": {"usb0": "host=1-1"}}, {"vmid": 102, "node": "a"}]
    with scene(uneven(guests=guests), Policy(explain=(101,))) as found:
        answers = found.decide().answers
    assert [answer.reason for answer in answers] == ["it uses usb0 of its node"] * 2


def test_the_number_of_questions_is_bounded(monkeypatch):
    """Many guests that cannot move: at last nothing moves unasked, and the reason is told."""
    monkeypatch.setattr(decide, "MAX_ROUNDS", 2)
    guests = [{"vmid": 101, "count": 40, "node": "a", "memory": "1G", "load": {"memory": "1G"}, "disks": ["disk:1G"]}]
    with scene(uneven(guests=guests)) as found:
        plan = found.decide()
        assert found.client.reads < 40
    assert plan.moves == ()
    reasons = [refusal.reason for refusal in plan.refusals]
    assert any(reason.startswith("it has local disks") for reason in reasons)
    assert any(reason.startswith("not asked about any more, after 2 plans") for reason in reasons)


@pytest.mark.parametrize("kind", ["qemu", "lxc"])
def test_local_disks_move_only_where_there_is_room(kind):
    disk = {"type": "lvmthin", "content": ["images", "rootdir"], "size": "20G", "used": "10G"}
    guest = {"type": kind, "disks": ["disk:12G"]}
    policy = Policy(with_local_disks=True, restart_containers=True, explain=(101,))
    with scene(uneven(storages={"disk": disk}, guest=guest), policy) as found:
        plan = found.decide()
    assert plan.moves == ()
    assert {answer.reason for answer in plan.answers} == {
        f"storage disk has 10.0 GiB free on {node}, too little for 12.0 GiB" for node in ("b", "c")
    }


def test_local_disks_move_when_the_policy_wants_it():
    with scene(uneven(guest={"disks": ["disk:1G"]}), Policy(with_local_disks=True)) as found:
        plan = found.decide()
        assert len(plan.moves) == 2
        assert found.execute(plan).is_complete


@pytest.mark.parametrize(
    "path",
    [
        "/access/permissions",
        "/version",
        "/cluster/status",
        "/cluster/resources",
        "/cluster/tasks",
        "/cluster/options",
        "/cluster/ha/status/manager_status",
        "/cluster/ha/resources",
        "/cluster/ha/rules",
    ],
)
def test_an_error_in_the_middle_of_it_ends_the_run_before_anything_was_written(path):
    """drs-model 9.2; what was read so far is not taken for all there is."""
    with scene(uneven()) as found:
        found.sim.call(lambda: found.world.faults.add(Fault("answer", status=500, text="it broke", path=path)))
        with pytest.raises(ApiError, match="it broke"):
            found.decide()
        assert found.writes() == []

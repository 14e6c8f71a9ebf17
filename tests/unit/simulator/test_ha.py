# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

import json

import pytest

from simulator.world.errors import WorldError
from simulator.world.events import act
from simulator.world.ha_balance import bundles
from simulator.world.ha_data import HaResource, HaRule, Service
from simulator.world.ha_status import current, manager_status

from .asking import ACCESS, Asking
from .worlds import ME, a_world, log_of, move, until

SMALL = "memory: 512M, load: {cpu: 1, memory: 64M}"
CLUSTER = f"""
guests:
  - {{vmid: 110, node: pve2, {SMALL}, ha: started}}
  - {{vmid: 111, node: pve3, {SMALL}, ha: started}}
  - {{vmid: 120, node: pve2, {SMALL}, ha: started}}
  - {{vmid: 121, node: pve3, {SMALL}}}
  - {{vmid: 130, node: pve1, {SMALL}, ha: started}}
  - {{vmid: 140, node: pve1, type: lxc, {SMALL}, ha: started}}
ha:
  rules:
    keep-apart: {{type: resource-affinity, affinity: negative, resources: [111, 120]}}
"""
TOGETHER = HaRule("together", "resource-affinity", frozenset({"vm:110", "vm:130"}), affinity="positive")
PREFER_1 = HaRule("prefer", "node-affinity", frozenset({"vm:130"}), {"pve1": 0})


def cluster(*rules, text=CLUSTER):
    world = a_world(text)
    world.ha.use_rules((*world.ha.rules.rules, *rules))
    return world


def is_at(world, vmid, node, state="started"):
    return lambda: (world.guests[vmid].node, world.ha.hastate(world.guests[vmid].sid)) == (node, state)


def where(world):
    return {vmid: guest.node for vmid, guest in world.guests.items()}


def test_a_quiet_cluster_stays_as_it_is():
    world = cluster()
    before = where(world)
    world.clock.advance(300)
    assert where(world) == before
    assert {world.ha.hastate(sid) for sid in world.ha.resources} == {"started"}
    assert list(world.tasks.running()) == []


def test_migrate_of_a_ha_guest_only_hands_the_request_over():
    world = cluster()
    task = move(world, 110, "pve1", online=True)
    world.clock.advance(2)
    assert (task.type, task.exitstatus, world.guests[110].node) == ("hamigrate", "OK", "pve2")
    assert log_of(task) == ["Requesting HA migration for VM 110 to node pve1", "TASK OK"]


def test_a_request_can_be_made_to_fail():
    world = cluster(text=CLUSTER + "faults: [{fail_task: no such service, task: hamigrate}]")
    task = move(world, 110, "pve1", online=True)
    world.clock.advance(60)
    assert (task.exitstatus, world.guests[110].node) == ("no such service", "pve2")


def test_the_real_move_follows_as_root_on_the_source_node():
    world = cluster()
    move(world, 110, "pve1", online=True)
    asked = until(world, lambda: world.ha.hastate("vm:110") == "migrate")
    moved = asked + until(world, lambda: world.guests[110].node == "pve1")
    done = moved + until(world, is_at(world, 110, "pve1"))
    assert asked <= 12
    assert asked < moved <= 26
    assert moved < done <= 36
    real = next(task for task in world.tasks.of_node("pve2") if task.type == "qmigrate")
    assert (real.caller.full, real.exitstatus, real.log[0]) == ("root@pam", "OK", "task started by HA resource agent")


def test_a_container_is_shut_down_moved_and_started_by_the_target():
    world = cluster()
    move(world, 140, "pve3", restart=True)
    until(world, is_at(world, 140, "pve3"))
    until(world, lambda: world.guests[140].is_running)
    kinds = {name: [task.type for task in world.tasks.of_node(name)] for name in ("pve1", "pve3")}
    assert kinds == {"pve1": ["vzmigrate", "vzshutdown", "hamigrate"], "pve3": ["vzstart"]}


def test_a_failed_move_leaves_the_guest_started_where_it_was():
    world = cluster()
    world.faults.add(next(iter(a_world("faults: [{fail_task: no way, task: qmigrate, phase: phase2}]").faults.faults)))
    move(world, 110, "pve1", online=True)
    until(world, is_at(world, 110, "pve2", "migrate"))
    until(world, is_at(world, 110, "pve2"))
    world.clock.advance(100)
    assert world.guests[110].node == "pve2"


def test_negative_affinity_is_checked_by_the_request():
    world = cluster()
    answer = world.ha.request_move("vm:111", "migrate", "pve2")
    blocking = [{"sid": "vm:120", "cause": "resource-affinity"}]
    assert answer == {"sid": "vm:111", "requested-node": "pve2", "blocking-resources": blocking}
    world.clock.advance(60)
    assert world.guests[111].node == "pve3"
    precheck = world.preconditions(world.guests[111])
    assert precheck["not_allowed_nodes"] == {"pve1": {}, "pve2": {"blocking-ha-resources": blocking}}


def test_negative_affinity_fails_the_task_of_a_plain_migrate():
    world = cluster()
    task = move(world, 111, "pve2", online=True)
    world.clock.advance(3)
    assert task.exitstatus == "command 'ha-manager migrate vm:111 pve2' failed: exit code 2"
    assert log_of(task) == [
        "Requesting HA migration for VM 111 to node pve2",
        "cannot migrate resource 'vm:111' to node 'pve2':",
        "",
        "- resource 'vm:120' on target node 'pve2' in negative affinity with resource 'vm:111'",
        "TASK ERROR: command 'ha-manager migrate vm:111 pve2' failed: exit code 2",
    ]


def test_a_new_positive_rule_brings_guests_together():
    world = cluster(TOGETHER)
    until(world, is_at(world, 110, "pve1"), limit=40)
    world.clock.advance(60)
    assert (world.guests[110].node, world.guests[130].node) == ("pve1", "pve1")


def test_positive_partners_move_along():
    world = cluster(TOGETHER)
    until(world, is_at(world, 110, "pve1"))
    assert world.preconditions(world.guests[110])["dependent-ha-resources"] == ["vm:130"]
    answer = world.ha.request_move("vm:110", "migrate", "pve3")
    assert answer == {"sid": "vm:110", "requested-node": "pve3", "comigrated-resources": ["vm:130"]}
    until(world, lambda: is_at(world, 110, "pve3")() and is_at(world, 130, "pve3")(), limit=40)


@pytest.mark.parametrize("strict", [False, True])
def test_a_move_against_node_affinity_is_carried_out_and_undone(strict):
    world = cluster(HaRule("n", "node-affinity", frozenset({"vm:130"}), {"pve1": 2, "pve2": 1}, strict=strict))
    assert world.preconditions(world.guests[130])["not_allowed_nodes"] == {"pve2": {}, "pve3": {}}
    assert world.ha.request_move("vm:130", "migrate", "pve3") == {"sid": "vm:130", "requested-node": "pve3"}
    until(world, lambda: world.guests[130].node == "pve3")
    back = until(world, lambda: world.guests[130].node == "pve1")
    assert 10 <= back <= 30
    world.clock.advance(100)
    assert is_at(world, 130, "pve1")()


def test_without_failback_a_guest_stays_where_it_was_put():
    world = cluster(PREFER_1)
    world.ha.resources["vm:130"].failback = False
    world.ha.request_move("vm:130", "migrate", "pve3")
    until(world, is_at(world, 130, "pve3"))
    world.clock.advance(100)
    assert world.guests[130].node == "pve3"


def test_a_new_node_rule_moves_guests_at_once():
    world = cluster(HaRule("n", "node-affinity", frozenset({"vm:110"}), {"pve3": 0}))
    assert until(world, lambda: world.ha.hastate("vm:110") == "migrate") <= 10
    until(world, is_at(world, 110, "pve3"), limit=40)


def test_disabled_rules_and_rules_for_one_guest_mean_nothing():
    world = cluster(
        HaRule("a", "resource-affinity", frozenset({"vm:110", "vm:130"}), affinity="positive", is_disabled=True),
        HaRule("b", "resource-affinity", frozenset({"vm:110"}), affinity="negative"),
    )
    world.clock.advance(60)
    assert world.guests[110].node == "pve2"
    assert world.ha.comigrated("vm:110") == []


def test_overlapping_positive_rules_are_one():
    more = HaRule("more", "resource-affinity", frozenset({"vm:130", "vm:120"}), affinity="positive")
    world = cluster(TOGETHER, more)
    assert world.ha.comigrated("vm:110") == ["vm:120", "vm:130"]
    assert world.ha.rules.apart("vm:110") == {"vm:111"}


@pytest.mark.parametrize("target", ["pve9", "pve2"])
def test_a_request_to_a_node_that_cannot_be_is_accepted_and_ignored(target):
    world = cluster()
    assert world.ha.request_move("vm:110", "migrate", target) == {"sid": "vm:110", "requested-node": target}
    world.clock.advance(60)
    assert world.guests[110].node == "pve2"


def test_a_request_for_a_guest_without_ha_is_refused():
    with pytest.raises(WorldError, match="resource 'vm:121' is not HA managed"):
        cluster().ha.request_move("vm:121", "migrate", "pve1")


def test_maintenance_empties_a_node_of_ha_guests_and_brings_them_home():
    world = cluster()
    world.set_maintenance("pve2", on=True)
    left = until(world, lambda: not {110, 120} & set(world.guests_on["pve2"]))
    assert 5 <= left <= 30
    until(world, lambda: world.ha.hastate("vm:110") == "started")
    assert world.ha.node_hastate("pve2") == "maintenance"
    assert world.ha.services["vm:110"].maintenance_node == "pve2"
    # pve3 is emptier, but vm:111 is there.
    assert world.guests[120].node == "pve1"
    world.ha.request_move("vm:120", "migrate", "pve2")
    world.clock.advance(60)
    assert not world.guests_on["pve2"]
    world.set_maintenance("pve2", on=False)
    assert 5 <= until(world, lambda: {110, 120} <= set(world.guests_on["pve2"])) <= 40
    world.clock.advance(60)
    assert world.ha.services["vm:110"].maintenance_node is None


def test_a_preference_that_comes_later_brings_a_guest_home():
    world = cluster()
    move(world, 110, "pve1", online=True)
    until(world, is_at(world, 110, "pve1"))
    act(world, "add_ha_preference", {"name": "home", "resources": [110], "nodes": ["pve2"]})
    until(world, is_at(world, 110, "pve2"), limit=60)


def test_what_administrators_do_to_ha_by_actions():
    world = cluster()
    act(world, "add_ha_rule", {"name": "apart", "affinity": "negative", "resources": [110, 130]})
    assert world.ha.blocking("vm:110", "pve1") == [{"sid": "vm:130", "cause": "resource-affinity"}]
    act(world, "disarm_ha", {"mode": "ignore"})
    world.clock.advance(30)
    assert not world.ha.is_managed("vm:110")
    act(world, "arm_ha", {})
    act(world, "set_ha", {"vmid": 120, "state": "stopped"})
    until(world, lambda: not world.guests[120].is_running, limit=60)


def test_guests_without_ha_stay_during_maintenance():
    world = cluster()
    world.set_maintenance("pve3", on=True)
    world.clock.advance(60)
    assert set(world.guests_on["pve3"]) == {121}


def test_a_request_that_rules_have_overtaken_is_dropped():
    world = cluster()
    world.ha.queue.append(("migrate", "vm:111", "pve2"))
    world.clock.advance(60)
    assert world.guests[111].node == "pve3"


@pytest.mark.parametrize("outage", ["cut_link", "node_down"])
def test_a_lost_node_is_fenced_and_its_ha_guests_start_elsewhere(outage):
    world = cluster()
    world.clock.advance(30)
    getattr(world, outage)("pve3")
    assert until(world, lambda: world.ha.node_hastate("pve3") == "unknown") <= 10
    assert 40 <= until(world, lambda: world.ha.hastate("vm:111") == "fence") <= 70
    assert 50 <= until(world, lambda: world.guests[111].node != "pve3") <= 80
    until(world, lambda: world.guests[111].is_running, limit=30)
    assert world.guests[111].node == "pve1"
    assert (world.guests[121].node, world.guests[121].status) == ("pve3", "stopped")


def test_a_node_that_comes_back_in_time_keeps_its_guests():
    world = cluster()
    world.cut_link("pve3")
    until(world, lambda: world.ha.hastate("vm:111") == "fence")
    world.restore_link("pve3")
    until(world, is_at(world, 111, "pve3"), limit=30)
    world.clock.advance(300)
    assert (world.guests[111].node, world.guests[111].status) == ("pve3", "running")


def test_a_guest_that_does_not_start_ends_in_error():
    text = CLUSTER + "faults: [{fail_task: no such disk, task: qmstart, vmid: 110}]"
    world = cluster(text=text)
    world.set_running(world.guests[110], running=False)
    until(world, lambda: world.ha.hastate("vm:110") == "error", limit=300)
    started_on = {task.node for name in world.nodes for task in world.tasks.of_node(name) if task.type == "qmstart"}
    assert len(started_on) == 2


def test_a_guest_that_died_is_started_again():
    world = cluster()
    world.clock.advance(100)
    world.set_running(world.guests[110], running=False)
    assert until(world, lambda: world.guests[110].is_running) <= 25


def test_stop_and_start_change_what_is_wanted():
    world = cluster()
    guest = world.guests[110]
    task = world.tasks.get(world.power(guest, "stop", ME))
    until(world, lambda: world.ha.hastate("vm:110") == "stopped")
    assert (task.type, guest.status) == ("hastop", "stopped")
    world.clock.advance(60)
    world.power(guest, "start", ME)
    until(world, lambda: guest.is_running and world.ha.hastate("vm:110") == "started")


def test_at_most_four_workers_at_once_on_a_node():
    guests = "".join(f"\n  - {{vmid: {200 + k}, node: pve1, {SMALL}, ha: started}}" for k in range(9))
    world = cluster(text="guests:" + guests)
    world.set_maintenance("pve1", on=True)
    most = 0
    for _unused in range(100):
        world.clock.advance(1)
        most = max(most, len(world.migrations))
    assert most == 4
    assert not world.guests_on["pve1"]


def test_resources_come_and_go():
    world = cluster()
    world.ha.add_resource(HaResource("vm:121"))
    until(world, lambda: world.ha.hastate("vm:121") == "started")
    world.ha.remove_resource("vm:121")
    world.clock.advance(20)
    assert world.ha.hastate("vm:121") is None
    for sid, text in {
        "vm:110": "create resource failed: resource ID 'vm:110' already defined",
        "vm:999": "resource 'vm:999' does not exist in cluster",
        "ct:121": "resource 'ct:121' - guest with ID 121 is not a container",
    }.items():
        with pytest.raises(WorldError) as caught:
            world.ha.add_resource(HaResource(sid))
        assert caught.value.text == text


def test_ignored_resources_are_as_if_without_ha():
    world = a_world(f"guests: [{{vmid: 101, node: pve1, {SMALL}, ha: ignored}}]")
    assert move(world, 101, "pve2", online=True).type == "qmigrate"
    assert world.ha.hastate("vm:101") == "ignored"


def test_groups_of_pve_8_mean_nodes_with_priorities():
    text = f"""
guests:
  - {{vmid: 101, node: pve3, {SMALL}, ha: {{group: here}}}}
  - {{vmid: 102, node: pve3, {SMALL}, ha: {{group: nowhere}}}}
ha: {{groups: {{here: {{nodes: {{pve1: 1, pve2: 2}}, restricted: true}}}}}}
"""
    world = a_world(text, profile="8.4")
    until(world, is_at(world, 101, "pve2"), limit=40)
    assert world.guests[102].node == "pve3"
    assert world.ha.request_move("vm:101", "migrate", "pve1") is None


def test_the_status_answers_have_the_fields_of_the_genuine_ones():
    world = cluster()
    world.set_maintenance("pve2", on=True)
    world.clock.advance(60)
    status = manager_status(world.ha, "pve1")
    assert set(status) == {"lrm_status", "manager_status", "quorum"}
    assert set(status["manager_status"]) == {
        "master_node", "node_request", "node_status", "service_status", "timestamp"}  # fmt: skip
    assert set(status["manager_status"]["service_status"]["vm:110"]) == {
        "maintenance_node", "node", "running", "state", "uid"}  # fmt: skip
    assert status["lrm_status"]["pve2"]["state"] == status["lrm_status"]["pve2"]["mode"] == "maintenance"
    rows = {row["id"]: row for row in current(world.ha, "pve1")}
    assert rows["lrm:pve2"]["status"].startswith("pve2 (maintenance mode, watchdog active, Mon Mar  2 09:0")
    assert rows["fencing"]["status"] == "armed (CRM watchdog active)"
    assert rows["service:vm:110"]["status"] == f"vm:110 ({world.guests[110].node}, started)"
    assert rows["quorum"]["quorate"] == 1


def test_an_unused_ha_stack_has_little_to_tell():
    world = a_world()
    world.clock.advance(60)
    assert [row["type"] for row in current(world.ha, "pve1")] == ["quorum"]
    assert manager_status(world.ha, "pve1")["manager_status"] == {}
    assert world.ha.node_hastate("pve1") is None


def test_automatic_rebalancing_moves_one_guest_when_imbalance_lasts():
    guests = "guests: [{vmid: 101, node: pve1, count: 6, memory: 8G, load: {cpu: 2, memory: 7G}, ha: started}]"
    crs = "\noptions: {crs: {ha: dynamic, ha-auto-rebalance: 1}}"
    world, calm = a_world(guests + crs), a_world(guests)
    until(world, lambda: len(world.guests_on["pve1"]) < 6, limit=90)
    world.clock.advance(600)
    assert max(len(on) for on in world.guests_on.values()) == 3
    calm.clock.advance(600)
    assert len(calm.guests_on["pve1"]) == 6


def test_a_full_class_of_nodes_is_not_left_for_a_lower_one():
    """Only the highest priority that is online counts, although the rule is not strict."""
    rules = (
        HaRule("near", "node-affinity", frozenset({"vm:111"}), {"pve2": 0}),
        HaRule("far", "node-affinity", frozenset({"vm:120"}), {"pve1": 0, "pve3": 0}),
    )
    world = cluster(*rules)
    until(world, lambda: world.guests[111].node == "pve2", limit=60)
    assert world.guests[120].node in ("pve1", "pve3")
    world.set_maintenance("pve2", on=True)
    until(world, lambda: world.guests[111].node != "pve2", limit=60)
    world.set_maintenance("pve2", on=False)
    until(world, is_at(world, 111, "pve2"), limit=60)


def test_a_guest_whose_only_node_is_taken_waits_where_it_is():
    apart = HaRule("with-121", "resource-affinity", frozenset({"vm:110", "vm:130"}), affinity="negative")
    world = cluster(apart, HaRule("home", "node-affinity", frozenset({"vm:130"}), {"pve2": 0}))
    world.clock.advance(120)
    assert (world.guests[130].node, world.guests[110].node) == ("pve1", "pve2")
    world.ha.request_move("vm:110", "migrate", "pve3")
    until(world, is_at(world, 130, "pve2"), limit=90)


def test_bundles_are_formed_as_proxmox_does(shared):
    """Spread or moving ones stay; stopped partners do not count."""
    for path in sorted((shared / "data" / "crs-cases" / "bundles").glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        services = {sid: Service(sid, row["state"], row["node"], "") for sid, row in case["services"].items()}
        found = bundles(services, lambda sid, case=case: case["together"].get(sid, []))
        assert found == case["expected"]["bundles"], case["name"]


def disarmed(mode):
    world = cluster(text=ACCESS + "acl: [{path: /, user: drs@pve, role: Administrator}]" + CLUSTER)
    ask = Asking(world)
    ask("POST", "/cluster/ha/status/disarm-ha", **{"resource-mode": mode})
    assert ask("GET", "/cluster/ha/status/manager_status")["manager_status"]["disarm"]["state"] == "disarming"
    until(world, lambda: world.ha.disarm.state == "disarmed", limit=20)
    row = next(row for row in ask("GET", "/cluster/ha/status/current") if row["id"] == "fencing")
    assert (row["armed-state"], row["resource_mode"]) == ("disarmed", mode)
    return world, ask


def test_disarmed_and_frozen_nothing_moves_and_nothing_is_fenced():
    world, ask = disarmed("freeze")
    assert world.ha.hastate("vm:110") == "freeze"
    ask("POST", "/cluster/ha/resources/vm:110/migrate", node="pve1")
    world.set_maintenance("pve2", on=True)
    world.cut_link("pve3")
    world.clock.advance(300)
    assert (world.guests[110].node, world.guests[111].node) == ("pve2", "pve3")
    world.restore_link("pve3")
    ask("POST", "/cluster/ha/status/arm-ha")
    world.clock.advance(60)
    assert world.guests[110].node == "pve2", "what was asked of a disarmed manager is forgotten"
    world.set_maintenance("pve2", on=True)
    until(world, lambda: world.guests[110].node != "pve2" and world.ha.hastate("vm:110") == "started", limit=60)


def test_disarmed_and_ignored_guests_are_as_if_without_ha():
    world, ask = disarmed("ignore")
    assert move(world, 110, "pve1", online=True).type == "qmigrate"
    assert ask("GET", "/nodes/pve3/qemu/111/status/current")["ha"] == {"managed": 0}
    until(world, lambda: world.guests[110].node == "pve1")
    world.set_running(world.guests[120], running=False)
    world.clock.advance(60)
    assert not world.guests[120].is_running
    ask("POST", "/cluster/ha/status/arm-ha")
    until(world, lambda: world.guests[120].is_running, limit=40)
    assert world.ha.services["vm:110"].node == "pve1"


REBOOTED = f"""
guests:
  - {{vmid: 110, node: pve2, {SMALL}, ha: started}}
  - {{vmid: 111, node: pve2, {SMALL}, onboot: true}}
  - {{vmid: 112, node: pve2, {SMALL}}}
"""


@pytest.mark.parametrize("policy", [None, "freeze"])
def test_resources_wait_for_a_node_that_reboots(policy):
    world = cluster(text=REBOOTED + (f"options: {{ha: {{shutdown_policy: {policy}}}}}" if policy else ""))
    act(world, "reboot_node", {"node": "pve2"})
    assert (world.ha.hastate("vm:110"), world.guests[110].is_running) == ("freeze", False)
    world.clock.advance(30)
    assert (world.nodes["pve2"].online, world.ha.hastate("vm:110")) == (False, "freeze")
    until(world, lambda: world.nodes["pve2"].online, limit=60)
    until(world, lambda: is_at(world, 110, "pve2")() and world.guests[110].is_running, limit=60)
    assert (world.guests[111].is_running, world.guests[112].is_running) == (True, False)


def test_resources_leave_a_node_that_reboots_and_come_back():
    world = cluster(text=REBOOTED + "options: {ha: {shutdown_policy: migrate}}")
    act(world, "reboot_node", {"node": "pve2"})
    until(world, lambda: not world.nodes["pve2"].online, limit=90)
    assert world.guests[110].node != "pve2"
    assert world.guests[110].is_running
    until(world, is_at(world, 110, "pve2"), limit=200)
    assert world.ha.node_hastate("pve2") == "online"


def test_resources_of_a_node_that_reboots_are_fenced_under_failover():
    world = cluster(text=REBOOTED + "options: {ha: {shutdown_policy: failover}}")
    act(world, "reboot_node", {"node": "pve2"})
    assert world.ha.hastate("vm:110") == "started"
    until(world, lambda: world.nodes["pve2"].online, limit=90)
    until(world, lambda: world.guests[110].is_running, limit=200)


def test_resources_are_placed_anew_when_they_start():
    busy = "".join(f"\n  - {{vmid: {vmid}, node: pve2, {SMALL}, ha: started}}" for vmid in range(201, 205))
    world = cluster(text=f"guests:\n  - {{vmid: 110, node: pve2, status: stopped, {SMALL}}}{busy}\n"
                         "options: {crs: {ha: static, ha-rebalance-on-start: 1}}")  # fmt: skip
    world.ha.add_resource(HaResource("vm:110"))
    until(world, lambda: world.ha.hastate("vm:110") == "request_start_balance", limit=30)
    until(world, lambda: world.guests[110].is_running, limit=60)
    assert world.guests[110].node in ("pve1", "pve3")

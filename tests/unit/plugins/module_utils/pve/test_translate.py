# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Rows of PVE's listings: real ones where recorded, small ones for what was never recorded."""

import json

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import InconsistentInventory
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.pve.translate import guest_of, guests_of, nodes_of

GIB = 2**30
MIB = 2**20


@pytest.fixture(scope="module")
def captured(shared):
    """Rows that real clusters sent."""

    def rows(name):
        return json.loads((shared / "data" / "captures" / f"{name}.json").read_text())["data"]

    return rows


def a_machine(**changes):
    row = {"vmid": 100, "type": "qemu", "node": "a", "status": "running", "maxcpu": 4, "cpu": 0.5}
    return guest_of(row | {"maxmem": 8 * GIB, "mem": 2 * GIB, "memhost": 3 * GIB} | changes)


def a_container(**changes):
    row = {"vmid": 100, "type": "lxc", "node": "a", "status": "running", "maxcpu": 4, "cpu": 0.5}
    return guest_of(row | {"maxmem": 8 * GIB, "mem": 2 * GIB, "memhost": 0} | changes)


def a_node(**changes):
    row = {
        "type": "node",
        "node": "a",
        "status": "online",
        "maxcpu": 16,
        "cpu": 0.25,
        "maxmem": 64 * GIB,
        "mem": 4 * GIB,
    }
    return nodes_of([row | changes], [{"type": "node", "name": "a", "online": 1}], {})[0]


def test_nodes_as_pve_8_sent_them(captured):
    nodes = {n.name: n for n in nodes_of(captured("pve8-cluster-resources"), captured("pve8-cluster-status"), {})}
    assert sorted(nodes) == ["node1", "node2", "node3", "node4"]
    assert nodes["node2"].capacity == Resources(12, 33567911936)
    assert nodes["node2"].usage.cpu == pytest.approx(12 * 0.00365387809333998)
    assert nodes["node2"].usage.memory == 8127873024
    assert (nodes["node2"].status, nodes["node2"].hastate, nodes["node2"].uptime_seconds) == ("online", None, 874373)


def test_guests_as_pve_8_sent_them(captured):
    guests = {guest.vmid: guest for guest in guests_of(captured("pve8-cluster-resources"))}
    assert sorted(guests) == [100, 101, 102, 200]
    running, template, tagged = guests[100], guests[101], guests[102]
    assert running.demand.memory == pytest.approx(842551296 + 128 * MIB + 0.01 * 1073741824)
    assert running.demand.cpu == pytest.approx(0.0249060195469461)
    assert not running.is_estimated
    assert template.is_template
    assert (tagged.tags, tagged.status, tagged.demand) == (
        frozenset({"go-proxmox+cloud-init"}),
        "stopped",
        Resources(0, 0),
    )


def test_guests_as_pve_9_sent_them(captured):
    machine, container, stopped, _unused = guests_of(captured("pve9.2-cluster-resources-guests"))
    assert machine.demand == Resources(0.0177810825791723, 367984640)
    assert (machine.hastate, machine.is_ha) == ("started", True)
    assert container.demand == Resources(0.0, 25628672)
    assert not container.is_estimated
    assert not stopped.is_active


def test_a_container_that_idles_below_nothing_has_figures(captured):
    rows = [row for row in captured("pve9.2-node-lxc-list-running") if str(row["cpu"]).startswith("-")]
    assert rows
    for row in rows:
        guest = guest_of(row | {"type": "lxc", "node": "a", "maxcpu": row["cpus"]})
        assert (guest.demand.cpu, guest.is_estimated) == (0.0, False)


MEMORY = {
    "PVE 9: the host's view, when larger": ({}, 3 * GIB),
    "PVE 9: the guest's view, when larger": ({"mem": 4 * GIB}, 4 * GIB),
    "numbers as texts": ({"mem": "1073741824", "memhost": "2147483648"}, 2 * GIB),
    "more than configured": ({"memhost": 9 * GIB}, 9 * GIB),
}


@pytest.mark.parametrize(("changes", "expected"), MEMORY.values(), ids=MEMORY.keys())
def test_resident_memory_of_machines(changes, expected):
    guest = a_machine(**changes)
    assert (guest.demand.memory, guest.is_estimated) == (expected, False)


def test_resident_memory_on_pve_8_adds_the_overhead_up_to_the_size():
    row = {"vmid": 1, "type": "qemu", "node": "a", "status": "running", "cpu": 0, "maxcpu": 1, "maxmem": 8 * GIB}
    assert guest_of(row | {"mem": 2 * GIB}).demand.memory == pytest.approx(2 * GIB + 128 * MIB + 0.01 * 8 * GIB)
    assert guest_of(row | {"mem": 8 * GIB}).demand.memory == 8 * GIB


MISSING = {
    "absent": None,
    "text": "n/a",
    "empty": "",
    "not a number": "NaN",
    "infinite": float("inf"),
    "negative": -5,
}


@pytest.mark.parametrize("value", MISSING.values(), ids=MISSING.keys())
def test_a_missing_figure_is_estimated_and_never_zero(value):
    """Half of its vCPUs; all memory of a machine, half of a container's (drs-model 2.9, 8.2)."""
    for guest in (a_machine(cpu=value), a_container(cpu=value)):
        assert (guest.demand.cpu, guest.is_estimated) == (2.0, True)
    for guest in (a_machine(mem=value), a_machine(memhost=value)):
        assert (guest.demand, guest.is_estimated) == (Resources(2.0, 8 * GIB), True)
    assert (a_container(mem=value).demand.memory, a_container(mem=value).is_estimated) == (4 * GIB, True)


def test_a_running_guest_without_memory_on_its_host_has_no_figure():
    assert a_machine(memhost=0).is_estimated
    assert a_machine(mem=0).is_estimated
    assert a_container(mem=0).is_estimated


@pytest.mark.parametrize("status", ["stopped", "unknown"])
def test_what_does_not_run_needs_nothing(status):
    guest = a_machine(status=status, cpu=0, mem=0, memhost=0)
    assert (guest.demand, guest.is_estimated, guest.is_active) == (Resources(0, 0), False, False)


def test_other_states_of_machines_occupy_memory():
    assert a_machine(status="paused").demand == Resources(2.0, 3 * GIB)


def test_what_else_a_row_says():
    guest = a_machine(name="db", lock="backup", tags="a;b c", pool="shop", hastate="migrate", template="1")
    assert (guest.name, guest.lock, guest.pool, guest.hastate) == ("db", "backup", "shop", "migrate")
    assert (guest.tags, guest.is_template) == (frozenset("abc"), True)


def test_rows_of_other_types_are_left_out():
    rows = [{"type": kind, "id": "x"} for kind in ("storage", "sdn", "network", "pool", "yet-unknown")]
    assert guests_of(rows) == ()
    assert nodes_of(rows, [], {}) == ()


@pytest.mark.parametrize("changes", [{"vmid": None}, {"vmid": "x"}, {"node": None}], ids=["no vmid", "text", "no node"])
def test_a_guest_without_identity_is_an_error(changes):
    with pytest.raises(InconsistentInventory, match="without vmid or node"):
        a_machine(**changes)


LISTED = {"vmid": 100, "type": "qemu", "node": "a", "status": "running", "name": "db"}


@pytest.mark.parametrize(
    "other",
    [{"node": "b"}, {"type": "lxc"}, {"status": "stopped", "name": "db2"}],
    ids=["on two nodes", "machine and container", "twice on one node"],
)
def test_a_guest_in_two_lists_is_an_error(other):
    """drs-model 9.2: an inventory that contradicts itself is no basis for a plan."""
    with pytest.raises(InconsistentInventory, match="guest 100 is listed more than once by the cluster; nothing was"):
        Cluster(guests=guests_of([LISTED, LISTED | other]))


@pytest.mark.parametrize(
    ("resources", "status", "says"),
    [
        ([{"type": "node", "node": "a"}] * 2, [], "/cluster/resources lists node a more than once"),
        ([], [{"type": "node", "name": "a"}] * 2, "/cluster/status lists node a more than once"),
    ],
    ids=["figures", "members"],
)
def test_a_node_that_is_listed_twice_is_an_error(resources, status, says):
    with pytest.raises(InconsistentInventory, match=says):
        nodes_of(resources, status, {})


def test_guests_of_one_name_are_told_apart_by_their_numbers():
    assert [guest.vmid for guest in Cluster(guests=guests_of([LISTED, LISTED | {"vmid": 101}])).guests] == [100, 101]


def test_a_node_that_reports_everything():
    node = a_node(hastate="online", uptime="77")
    assert (node.capacity, node.usage) == (Resources(16, 64 * GIB), Resources(4.0, 4 * GIB))
    assert (node.status, node.hastate, node.uptime_seconds) == ("online", "online", 77)


@pytest.mark.parametrize("value", MISSING.values(), ids=MISSING.keys())
def test_a_node_without_a_figure_has_no_usage_or_no_capacity(value):
    assert a_node(cpu=value).usage is None
    assert a_node(mem=value).usage is None
    assert a_node(maxmem=value).capacity is None
    assert a_node(maxcpu=value).capacity is None
    assert a_node(maxmem=0).capacity is None


def test_a_node_is_offline_when_its_membership_says_so():
    (node,) = nodes_of(
        [{"type": "node", "node": "a", "status": "online"}], [{"type": "node", "name": "a", "online": 0}], {}
    )
    assert node.status == "offline"


def test_a_member_without_a_row_is_unknown():
    (node,) = nodes_of([], [{"type": "cluster", "name": "x"}, {"type": "node", "name": "a", "online": "1"}], {})
    assert (node.name, node.status, node.capacity) == ("a", "unknown", None)


def test_the_ha_manager_knows_of_maintenance_first():
    (node,) = nodes_of([{"type": "node", "node": "a", "hastate": "online"}], [], {"a": "maintenance"})
    assert node.in_maintenance

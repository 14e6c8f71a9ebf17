# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Pools as data and in words, and reservations that a cluster cannot keep."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.pools.entitle import entitle
from ansible_collections.pve.drs.plugins.module_utils.core.pools.figures import cpu_figures, memory_figures
from ansible_collections.pve.drs.plugins.module_utils.core.pools.flatten import cpu_weights, memory_shares, with_floors
from ansible_collections.pve.drs.plugins.module_utils.core.pools.promises import broken_promises
from ansible_collections.pve.drs.plugins.module_utils.core.pools.report import guest_report, pools_report, portions_of
from ansible_collections.pve.drs.plugins.module_utils.core.pools.scene import scene_of
from ansible_collections.pve.drs.plugins.module_utils.core.pools.text import pools_text
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import tree_of
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest
from ansible_collections.pve.drs.tests.pools import a_pool, a_tree, figures

GUESTS = [
    a_guest(101, "a", "8c/4G", name="web"),
    a_guest(102, "a", "8c/4G"),
    a_guest(103, "b", "1c/4G"),
    a_guest(104, "b", "1c/4G", status="stopped"),
]
CLUSTER = a_cluster({"a": "8c/100G", "b": "8c/100G"}, GUESTS)
POOLS = (
    a_pool("top", cpu={"reservation": 4, "limit": 12}),
    a_pool("web", (101, 104), parent="top", cpu={"shares": "high"}),
)


def a_scene(cluster=CLUSTER, pools=POOLS):
    found = {guest.vmid: {} for guest in cluster.guests}
    return scene_of(cluster, tree_of(pools, cluster), found, ())


def report_of(scene):
    portions = portions_of(scene)
    guests = [
        guest_report(scene, portions, guest) for guest in scene.cluster.guests if guest.vmid in scene.tree.pool_of
    ]
    return pools_report(scene, portions), guests


def test_pools_and_guests_in_none():
    pools, guests = report_of(a_scene())
    assert [(pool["name"], pool["parent"], pool["guests"]) for pool in pools] == [
        ("top", None, 1),
        ("web", "top", 1),
        (None, None, 2),
    ]
    assert pools[0]["cpu"] == {
        "shares": "normal",
        "weight": 4000.0,
        "reservation_cores": 4.0,
        "limit_cores": 12.0,
        "demand_cores": 8.0,
        "entitled_cores": 7.0,
        "given_cores": 4.0,
        "gap_percent": 42.86,
        "entitled_when_busy_cores": 7.0,
    }
    assert pools[1]["memory"]["limit_bytes"] is None
    assert pools[2]["cpu"] == {
        "demand_cores": 9.0,
        "entitled_cores": 9.0,
        "given_cores": 5.0,
        "gap_percent": 44.44,
        "entitled_when_busy_cores": 9.0,
    }
    assert guests[0]["cpu"]["guaranteed_cores"] == 4.0
    assert (guests[1]["running"], guests[1]["cpu"], guests[1]["memory"]) == (False, None, None)


def test_in_words():
    pools, guests = report_of(a_scene())
    facts = {"status": "unchanged", "reason": "", "changes": {}}
    changed = {"status": "changed", "changes": {"cpuunits": {"before": None, "after": "133"}}}
    guests = [guests[0] | facts | changed, guests[1] | facts | {"status": "unchanged", "reason": "it does not run"}]
    many = [guests[0] | {"vmid": 200 + number} for number in range(25)]
    report = {
        "cluster": "lab",
        "capacity": {"cpu_cores": 16.0, "memory_bytes": 196 * GIB},
        "pools": pools,
        "guests": [*guests, *many, guests[1] | facts],
        "unenforced": ["something"],
        "notes": [],
    }
    lines = pools_text(report).splitlines()
    assert lines[2] == "cpu, cores: 16 in all"
    assert lines[4].split() == ["top", "1", "normal", "4.00", "12.00", "8.00", "7.00", "4.00", "42.9", "%", "7.00"]
    assert lines[5].startswith("    web")
    assert lines[6].split()[:4] == ["(in", "no", "pool)", "2"]
    assert "memory, GiB: 196 in all" in lines
    assert "  101 (web) on a in pool web: cpu, 42.9 % too little" in lines
    assert "  101 (web): changed: cpuunits not set -> 133" in lines
    assert "  104: unchanged: it does not run" in lines
    assert lines.count("  and 6 more") == 1
    assert lines.count("  and 7 more") == 1
    assert lines[-1] == "  something"
    assert pools_text({**report, "pools": [], "guests": [], "unenforced": []}) == "No pools of cluster lab\n"


REFUSED = (
    "guest 101 cannot have its reservation: pool a reserves 1 cores and has 1 cores of it left, and is not expandable: "
    "2 cores of cpu asked, 1 cores too much"
)
BROKEN = {
    "more than there is": (
        (a_pool("a", cpu={"reservation": 17}),),
        ["the pools have 17 cores of cpu reserved (a 17 cores), but the cluster has only 16 cores"],
    ),
    "more than a guest has": (
        (a_pool("a", guests={103: {"memory": {"reservation": 5}}}),),
        ["pool a: guest 103 has 5 GiB reserved, and it has 4 GiB of memory"],
    ),
    "more than the pool has": (
        (
            a_pool(
                "a",
                cpu={"reservation": 1, "expandable": False},
                guests={101: {"cpu": {"reservation": 2}}, 104: {"cpu": {"reservation": 9}}},
            ),
        ),
        [REFUSED],
    ),
    "nothing": ((a_pool("a", cpu={"reservation": 8}, guests={101: {"cpu": {"reservation": 8}}, 104: {}}),), []),
}


@pytest.mark.parametrize(("pools", "expected"), BROKEN.values(), ids=BROKEN)
def test_reservations_that_the_cluster_cannot_keep(pools, expected):
    assert list(broken_promises(CLUSTER, tree_of(pools, CLUSTER))) == expected


def test_nodes_that_may_run_nobody_are_no_capacity():
    nodes = {"a": "8c/100G", "b": {"capacity": "8c/100G", "hastate": "maintenance"}, "c": {"status": "offline"}}
    cluster = a_cluster(nodes, GUESTS)
    assert (cpu_figures(cluster).capacity, cpu_figures(cluster, frozenset({"a"})).capacity) == (8.0, 0.0)
    assert memory_figures(cluster).capacity == 98 * GIB
    assert set(cpu_figures(cluster).nodes) == {"a", "b"}


def test_what_guests_get_where_nobody_knows_the_room_is_what_they_want():
    cluster = a_cluster({"a": "8c/100G", "b": {"status": "unknown"}}, GUESTS)
    given = portions_of(a_scene(cluster))["cpu"].given
    assert given[103] == 1.0


def test_a_cluster_that_reserves_more_than_it_has_is_short():
    tree = a_tree(a_pool("a", (101,), cpu={"reservation": 9}))
    assert entitle(tree, figures("cpu", 8.0, {101: (16.0, 16.0)})).is_short
    assert not entitle(tree, figures("cpu", 9.0, {101: (16.0, 16.0)})).is_short


def test_nobody_and_nothing():
    tree = a_tree(a_pool("a", cpu={"scalable": "shares"}))
    empty = entitle(tree, figures("cpu", 8.0, {}))
    assert (empty.now.pools, empty.root.pools[0].shares, empty.standing) == ({"": 0.0, "a": 0.0}, 0.0, {})
    assert (cpu_weights({}), memory_shares({})) == ({}, {})
    assert (cpu_weights({101: 0.0}), memory_shares({101: 0.0})) == ({101: 100}, {101: 1000})
    assert with_floors({1: 100, 2: 100}, {1: 4.0, 2: 4.0}, 8.0) == {1: 100, 2: 100}
    assert not a_scene(replace(CLUSTER, guests=())).members

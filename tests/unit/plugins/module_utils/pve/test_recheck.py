# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What stops a planned move at the last moment."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Cost, Move, PlannedMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.pve.launch import migrate_params
from ansible_collections.pve.drs.plugins.module_utils.pve.recheck import Recheck

GIB = 2.0**30


def a_node(name, used):
    return Node(name=name, capacity=Resources(16, 64 * GIB), usage=Resources(1, used * GIB))


def a_guest(vmid, **changes):
    given = {"vmid": vmid, "node": "a", "size": Resources(2, 16 * GIB), "demand": Resources(1, 16 * GIB)}
    return Guest(**(given | changes))


def a_move(vmid, target="b", mode="live"):
    cost = Cost(seconds=1, bytes=1, downtime_seconds=0)
    move = Move(vmid, "a", target)
    return PlannedMove(
        move=move,
        guest_name="",
        guest_type="qemu",
        memory_bytes=16 * GIB,
        mode=mode,
        category="improvement",
        reason="",
        gain=0,
        cost=cost,
    )


CLUSTER = Cluster(nodes=(a_node("a", 50), a_node("b", 30)), guests=(a_guest(1), a_guest(2)))


def recheck(cluster=CLUSTER):
    return Recheck(make_problem(cluster, Policy()))


def test_moves_that_were_accepted_hold_their_memory_on_the_target():
    """30 + 16 GiB fit below 90 % of 64 GiB; 30 + 16 + 16 do not."""
    judge = recheck()
    assert judge.refusal([a_move(1)]) is None
    judge.accept(a_move(1))
    assert "above its limit" in judge.refusal([a_move(2)])


CHANGES = {
    "gone": ({"vmid": 3}, "it no longer exists, or cannot be seen any more"),
    "there already": ({"node": "b"}, "it is on b already: somebody else moved it"),
    "elsewhere": ({"node": "c"}, "it is on c now, not on a any more"),
    "stopped": ({"status": "stopped"}, "its status is stopped now; the plan was made for live migration"),
    "locked": ({"lock": "snapshot"}, "it is locked (snapshot)"),
    "grown": ({"demand": Resources(1, 40 * GIB)}, "b would use 70.0 GiB, above its limit of 56.4 GiB"),
    "under HA's hands": ({"hastate": "relocate"}, "the HA manager has it in state relocate"),
}


@pytest.mark.parametrize(("changes", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_what_changed_since_the_plan(changes, expected):
    given = {"vmid": 1} | changes
    nodes = (*CLUSTER.nodes, a_node("c", 1))
    cluster = Cluster(nodes=nodes, guests=(a_guest(given.pop("vmid"), **given),))
    assert recheck(cluster).refusal([a_move(1)]) == expected


def test_a_fresh_precondition_counts():
    found = {1: Precondition(by_node={"b": "storage ceph is not available there"})}
    assert recheck(replace(CLUSTER, preconditions=found)).refusal([a_move(1)]) == "storage ceph is not available there"


PARAMETERS = {
    "live": ("live", Policy(), {"target": "b", "online": 1}),
    "live with local disks": (
        "live",
        Policy(with_local_disks=True),
        {"target": "b", "online": 1, "with-local-disks": 1},
    ),
    "restart": ("restart", Policy(with_local_disks=True), {"target": "b", "restart": 1}),
    "offline": ("offline", Policy(with_local_disks=True), {"target": "b"}),
}


@pytest.mark.parametrize(("mode", "policy", "expected"), PARAMETERS.values(), ids=PARAMETERS.keys())
def test_only_the_parameters_that_the_kind_takes(mode, policy, expected):
    assert migrate_params(a_move(1, mode=mode), a_guest(1), policy, Precondition()) == expected


def test_a_limit_of_bandwidth_is_in_kib_and_none_of_the_ha_managers():
    policy = Policy(bandwidth_bytes=1.5 * 2**20)
    assert migrate_params(a_move(1), a_guest(1), policy, Precondition()) == {
        "target": "b",
        "online": 1,
        "bwlimit": 1536,
    }
    assert "bwlimit" not in migrate_params(a_move(1), a_guest(1, hastate="started"), policy, Precondition())


@pytest.mark.parametrize(
    ("mode", "guest", "is_kept"),
    [("live", {}, True), ("live", {"hastate": "started"}, False), ("offline", {}, False), ("restart", {}, False)],
)
def test_connections_are_kept_of_machines_that_move_live_where_pve_can(mode, guest, is_kept):
    """PVE refuses the parameter where it does not know it, and drops it for guests under HA."""
    params = migrate_params(a_move(1, mode=mode), a_guest(1, **guest), Policy(), Precondition(keeps_connections=True))
    assert ("with-conntrack-state" in params) == is_kept
    assert "with-conntrack-state" not in migrate_params(a_move(1, mode=mode), a_guest(1), Policy(), Precondition())

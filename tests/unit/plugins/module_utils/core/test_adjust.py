# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What figures mean: cores of different speed, cache that gives way, pages that arrive unmerged."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.adjust import adjusted
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.loads import load_of, loads
from ansible_collections.pve.drs.plugins.module_utils.core.merged import merged_bytes
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import GuestConfig, NodeDetails
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import NOTHING_MORE
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.needs import needs_of
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest

GUEST = a_guest(101, "a", "2c/10G", size="8c/10G")
NODES = {"a": "10c/64G", "b": "10c/64G"}
CLUSTER = a_cluster(NODES, [GUEST])


def with_details(cluster, **details):
    nodes = (replace(node, details=NodeDetails(**details)) if node.name == "a" else node for node in cluster.nodes)
    return replace(cluster, nodes=tuple(nodes))


def test_without_a_wish_figures_are_what_they_are():
    assert adjusted(CLUSTER, Policy()) is CLUSTER


def test_a_core_of_a_faster_node_does_more():
    """Example 2.6 of drs-model: 2.0 cores on 2.4 GHz are 1.6 cores on 3.0 GHz."""
    problem = make_problem(CLUSTER, Policy(method="cpu", cpu_speeds={"a": 2.4, "b": 3.0}))
    placement = problem.placement()
    assert loads(problem, placement) == pytest.approx({"a": 0.2, "b": 0.0})
    assert load_of(problem, placement, "b", arriving=GUEST) == pytest.approx(0.16)


def test_speed_adds_no_threads():
    nodes = {"a": "10c/64G", "b": "4c/64G"}
    policy = Policy(method="cpu_assigned", cpu_speeds={"b": 3.0})
    problem = make_problem(a_cluster(nodes, [GUEST]), policy)
    placement = problem.placement()
    assert problem.refusal(placement, Move(101, "a", "b")).constraint == "guest_size"
    assert load_of(problem, placement, "b", arriving=GUEST) == 2.0


def test_a_speed_of_an_unknown_node_is_refused():
    with pytest.raises(BadPolicy, match="cpu_speeds names c, but there are only a, b"):
        adjusted(CLUSTER, Policy(cpu_speeds={"c": 2.0}))


@pytest.mark.parametrize(
    ("arc", "used"), [(8 * GIB, 4 * GIB), (1 * GIB, 10 * GIB), (20 * GIB, 0.0), (None, 10 * GIB)], ids=str
)
def test_cache_of_zfs_gives_way_down_to_its_minimum(arc, used):
    """The minimum is 2 of 64 GiB (pitfall 9)."""
    cluster = adjusted(with_details(CLUSTER, arc_bytes=arc), Policy(reclaim_arc=True))
    assert cluster.node_by_name["a"].usage.memory == used


def test_a_node_that_is_down_has_no_cache():
    cluster = a_cluster({"a": {"status": "offline"}, "b": "8c/64G"})
    assert adjusted(cluster, Policy(reclaim_arc=True)) == cluster


def test_machines_share_what_is_merged_by_what_they_hold():
    held = [
        a_guest(101, host_bytes=30 * GIB),
        a_guest(102, demand="1c/10G"),
        a_guest(103, type="lxc"),
        a_guest(104, config=GuestConfig(allow_ksm=False)),
    ]
    node = with_details(CLUSTER, ksm_bytes=8 * GIB).nodes[0]
    assert merged_bytes(node, held) == {101: 6 * GIB, 102: 2 * GIB, 103: 0.0, 104: 0.0}
    assert merged_bytes(node, held[2:]) == {103: 0.0, 104: 0.0}
    assert merged_bytes(CLUSTER.nodes[0], held) == {101: 0.0, 102: 0.0, 103: 0.0, 104: 0.0}


def test_merged_pages_need_room_of_their_own_where_they_arrive():
    cluster = with_details(
        a_cluster(NODES | {"b": {"capacity": "10c/64G", "overhead": "0c/45G"}}, [GUEST]), ksm_bytes=4 * GIB
    )
    for is_counted, constraint in ((False, None), (True, "memory_capacity")):
        problem = make_problem(cluster, Policy(count_merged=is_counted))
        refusal = problem.refusal(problem.placement(), Move(101, "a", "b"))
        assert (refusal and refusal.constraint) == constraint


def test_merged_pages_add_to_a_peak_and_fill_no_valley():
    stopped = a_guest(102, "a", status="stopped")
    cluster = with_details(a_cluster(NODES, [replace(GUEST, surge=Resources(0.0, -GIB)), stopped]), ksm_bytes=GIB)
    guests = adjusted(cluster, Policy(count_merged=True)).guests
    assert [guest.surge.memory for guest in guests] == [GIB, 0.0]


@pytest.mark.parametrize("wish", [{"reclaim_arc": True}, {"count_merged": True}], ids=str)
def test_details_of_nodes_are_asked_for_when_they_matter(wish):
    assert needs_of(Policy(**wish)).node_details
    assert needs_of(Policy()) == NOTHING_MORE


@pytest.mark.parametrize(("status", "held"), [("running", 10 * GIB), ("stopped", 2 * GIB)])
def test_hugepages_are_held_whether_they_are_used_or_not(status, held):
    huge = a_guest(101, "a", "1c/2G", size="2c/10G", status=status, config=GuestConfig(hugepages="1024"))
    huge = replace(huge, surge=Resources(0.5, GIB))
    cluster = adjusted(a_cluster(NODES, [huge, a_guest(102, "a", "1c/2G", size="2c/10G")]), Policy())
    assert [guest.peak.memory for guest in cluster.guests] == [held + (GIB if status == "stopped" else 0), 2 * GIB]
    assert cluster.guests[0].demand.memory == held
    assert cluster.guests[0].surge.cpu == 0.5

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The score of guests and of a cluster: by hand, and what must hold for every cluster."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import Balloon, NodeDetails
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.score import GuestScore
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import series_of
from ansible_collections.pve.drs.plugins.module_utils.core.score.score import score, weighted
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest, a_node, amount
from ansible_collections.pve.drs.tests.strategies import clusters, policies


def scored(cluster, policy=None, moves=()):
    problem = make_problem(cluster, policy or Policy())
    placement = problem.placement()
    for move in moves:
        placement.apply(move)
    return score(problem, placement)


def detailed(cluster: Cluster, **details) -> Cluster:
    nodes = tuple(replace(node, details=NodeDetails(**details)) for node in cluster.nodes)
    return replace(cluster, nodes=nodes)


def test_guests_of_a_calm_node_are_served_perfectly():
    found = scored(a_cluster({"a": "8c/100G"}, ["101 a 1c/10G", "102 a 2c/10G"]))
    assert found.value == 1.0
    assert found.buckets == (0, 0, 0, 0, 2)


def test_a_busy_node_makes_its_guests_wait():
    """8.5 of 10 cores wanted: drs-model 4.4, third column from the right."""
    found = scored(a_cluster({"a": "10c/100G"}, ["101 a 4.25c/10G", "102 a 4.25c/10G"]))
    assert [guest.cpu for guest in found.guests.values()] == pytest.approx([0.925, 0.925])


def test_the_largest_guest_gets_least_of_what_it_wants():
    """12 of 10 cores wanted, by water-filling the small one gets all of its 2 and the large one 8 of its 10."""
    found = scored(a_cluster({"a": "10c/100G"}, ["101 a 2c/10G", "102 a 10c/10G"]))
    assert [guest.cpu for guest in found.guests.values()] == pytest.approx([0.7, 0.8 * 0.7])


def test_what_a_guest_could_not_use_for_waiting_is_wanted_too():
    """[Ex 2.5]: 3 of 4 vCPUs are busy and the guest waits, so that it wants all 4, 80 % of the node."""
    waiting = a_guest(101, demand="3c/10G", size="4c/10G", pressure={"cpu_some": 40.0, "cpu_full": 5.0})
    assert scored(a_cluster({"a": "5c/100G"}, [waiting])).guests[101].cpu == pytest.approx(0.966667, abs=1e-6)


def test_cores_of_a_faster_node_do_more():
    """2.0 cores of speed 0.8 are 1.6 of speed 1 [Ex 2.6]; there they are 80 % of 2 cores."""
    cluster = a_cluster({"a": "10c/100G", "b": "2c/100G"}, ["101 a 2c/10G"])
    after = scored(cluster, Policy(cpu_speeds={"a": 0.8}), moves=[Move(101, "a", "b")])
    assert after.guests[101].cpu == pytest.approx(0.966667, abs=1e-6)


def test_a_guest_that_wants_nothing_lacks_nothing():
    found = scored(a_cluster({"a": "10c/100G"}, ["101 a 0c/0G", "102 a 20c/10G"]))
    assert (found.guests[101].cpu, found.guests[101].memory) == (1.0, 1.0)


def test_memory_that_is_not_there_is_missed():
    """The host keeps 2 of 100 GiB, so 98 are shared by guests that hold 108 and 10: each gets 88 and 10."""
    full = a_cluster({"a": "8c/100G"}, ["101 a 1c/108G", "102 a 1c/10G"])
    found = scored(full)
    assert [guest.memory for guest in found.guests.values()] == pytest.approx([88 / 108, 1.0])


def test_what_a_node_reports_wins_over_what_its_guests_do():
    """It says that half of its memory is free, so that nothing is missed (drs-model 2.9)."""
    cluster = a_cluster({"a": {"capacity": "8c/100G", "usage": amount("1c/50G")}}, ["101 a 1c/108G"])
    assert scored(cluster).guests[101].memory == 1.0


def test_a_guest_on_its_way_is_served_where_it_runs_and_counts_where_it_goes():
    """Of 4 cores on b, 2 are wanted by a guest that runs there and 2 by the one that comes."""
    cluster = a_cluster(
        {"a": "4c/100G", "b": "4c/100G"},
        ["101 a 2c/10G", "201 b 2c/10G"],
        migrations=(Migration(vmid=101, source="a", target="b"),),
    )
    found = scored(cluster)
    assert (found.guests[101].cpu, found.guests[201].cpu) == (1.0, pytest.approx(0.7))


def test_merged_pages_belong_to_the_machines():
    """4 GiB of pages are merged; a machine of 60 GiB and one of 40 hold 62.4 and 41.6 in truth, a container what it says."""
    guests = [a_guest(101, demand="1c/60G"), a_guest(102, demand="1c/40G"), a_guest(103, demand="1c/1G", type="lxc")]
    found = scored(detailed(a_cluster({"a": "8c/100G"}, guests), ksm_bytes=4 * GIB))
    half = (98 - 1) / 2
    assert found.guests[103].memory == 1.0
    assert found.guests[101].memory == pytest.approx((98 - 1 - 41.6) / 62.4)
    assert found.guests[102].memory == pytest.approx(min(41.6, half) / 41.6)


def test_swap_of_the_node_hurts_its_guests():
    cluster = detailed(a_cluster({"a": "8c/100G"}, ["101 a 1c/60G"]), swap_used_bytes=15 * GIB)
    assert scored(cluster).guests[101].memory == pytest.approx(0.8)
    assert "swap" not in scored(cluster).unknown


def test_the_worse_pressure_counts_of_guest_and_node():
    guests = [a_guest(101, pressure={"memory_full": 10.0}), a_guest(102, pressure={"memory_full": 2.0}), a_guest(103)]
    pressure = {"memory_full": series_of([(0.0, 30.0), (60.0, 4.0)])}
    cluster = replace(
        a_cluster({"a": "8c/100G", "b": "8c/100G"}, guests),
        history=History(nodes={"a": ObjectHistory(pressure=pressure)}),
    )
    assert [guest.memory for guest in scored(cluster).guests.values()] == pytest.approx([0.90, 0.96, 0.96])
    elsewhere = scored(cluster, moves=[Move(101, "a", "b")])
    assert elsewhere.guests[101].memory == 1.0
    assert "pressure" in elsewhere.guests[101].unknown


BALLOONS = {
    "short of memory": (Balloon(bytes=6 * GIB, least_bytes=4 * GIB, free_bytes=0.9 * GIB), 0.875),
    "with memory to spare": (Balloon(bytes=6 * GIB, least_bytes=4 * GIB, free_bytes=GIB), 1.0),
    "with all of its memory": (Balloon(bytes=8 * GIB, least_bytes=4 * GIB, free_bytes=0.0), 1.0),
    "that does not tell": (Balloon(bytes=6 * GIB, least_bytes=4 * GIB), 1.0),
}


@pytest.mark.parametrize("name", BALLOONS)
def test_a_guest_may_have_given_memory_back(name):
    balloon, expected = BALLOONS[name]
    found = scored(a_cluster({"a": "8c/100G"}, [a_guest(101, demand="1c/6G", size="1c/8G", balloon=balloon)]))
    assert found.guests[101].memory == pytest.approx(expected)
    assert ("balloon" in found.unknown) is (balloon.free_bytes is None)


def test_a_machine_without_a_balloon_gave_nothing_back():
    guests = [a_guest(101), a_guest(102, type="lxc")]
    plain = a_cluster({"a": "8c/100G"}, guests)
    assert scored(plain).unknown["balloon"] == 1
    assert "balloon" not in scored(detailed(plain, sockets=1)).unknown


def test_bursts_need_room():
    """A burst of 19 GiB above the mean, and 90 % of 98 GiB less 80 are 8.2 GiB of room."""
    memory = series_of([(60.0 * minute, 80 * GIB if minute < 10 else 100 * GIB) for minute in range(11)])
    history = History(now=600.0, guests={101: ObjectHistory(memory=memory)})
    cluster = replace(a_cluster({"a": "8c/100G"}, ["101 a 1c/80G"]), history=history)
    burst = 90 - (80 + 20 / 11)
    room = 0.9 * 98 - 80
    assert scored(cluster).guests[101].memory == pytest.approx(1 - 0.2 * max(0.0, 1 - room / burst))
    tighter = scored(cluster, Policy(memory_max=0.82))
    assert tighter.guests[101].memory == pytest.approx(1 - 0.2 * (1 - (0.82 * 98 - 80) / burst))
    assert "bursts" not in tighter.unknown


@pytest.mark.parametrize(
    ("sockets", "cores", "expected"), [(2, 16, 0.95), (2, 32, 1.0), (1, 8, 1.0), (None, 8, 1.0)],
    ids=["spans two sockets", "fits into one", "only one socket", "not known"],
)  # fmt: skip
def test_a_guest_may_span_sockets(sockets, cores, expected):
    cluster = detailed(a_cluster({"a": "32c/100G"}, [a_guest(101, size="12c/10G")]), sockets=sockets, cores=cores)
    assert scored(cluster).guests[101].cpu == expected
    assert ("topology" in scored(cluster).unknown) is (sockets is None)


def test_what_is_not_known_is_named_and_takes_nothing_away():
    found = scored(a_cluster({"a": "8c/100G"}, [a_guest(101, is_estimated=True)]))
    assert found.value == 1.0
    assert found.unknown == dict.fromkeys(("balloon", "bursts", "demand", "network", "pressure", "swap", "topology"), 1)


def test_only_running_guests_on_measured_nodes_count():
    guests = [a_guest(101), a_guest(102, status="stopped"), a_guest(103, node="b")]
    found = scored(a_cluster({"a": "8c/100G", "b": {"status": "offline"}}, guests))
    assert list(found.guests) == [101]


def test_without_running_guests_nothing_is_amiss():
    assert scored(a_cluster({"a": "8c/100G"})).value == 1.0
    assert scored(a_cluster({})).value == 1.0


def test_a_guest_is_served_as_well_as_all_its_parts_together():
    """[Ex 4.4]."""
    assert GuestScore(cpu=0.925, memory=1.0, network=0.75).value == pytest.approx(0.69375)
    assert GuestScore(cpu=0.583333, memory=0.733163, network=1.0).value == pytest.approx(0.427678, abs=1e-6)


def test_a_cluster_is_the_weighted_mean_of_its_guests():
    """[Ex 4.5]."""
    scores = {vmid: GuestScore(cpu=value, memory=1.0, network=1.0) for vmid, value in ((1, 0.8325), (2, 0.5310))}
    assert weighted(scores, {1: 4.0, 2: 2.0}) == pytest.approx(0.732, abs=1e-6)


def test_guests_weigh_by_their_size():
    """One of 3 vCPUs in 4 and 1 GiB in 4 weighs as much as the other."""
    guests = [a_guest(101, demand="4c/1G", size="3c/1G"), a_guest(102, node="b", demand="0c/3G", size="1c/3G")]
    found = scored(a_cluster({"a": "4c/100G", "b": "4c/100G"}, guests))
    assert found.value == pytest.approx((0.7 + 1.0) / 2)


def test_guests_of_unknown_size_weigh_the_same():
    guests = [
        a_guest(101, demand="4c/1G", size="0c/0G"),
        a_guest(102, node="b", demand="0c/1G", size="0c/0G"),
    ]
    found = scored(a_cluster({"a": "4c/100G", "b": "4c/100G"}, guests))
    assert found.value == pytest.approx((0.7 + 1.0) / 2)


def test_a_placement_can_be_scored_before_it_is_made():
    cluster = a_cluster({"a": "4c/100G", "b": "4c/100G"}, ["101 a 2c/10G", "102 a 2c/10G"])
    assert scored(cluster).value == pytest.approx(0.7)
    assert scored(cluster, moves=[Move(102, "a", "b")]).value == 1.0


@given(clusters(), policies())
def test_scores_lie_above_0_and_up_to_1_and_buckets_hold_every_guest_once(cluster, policy):
    found = scored(cluster, policy)
    values = [part for guest in found.guests.values() for part in (guest.cpu, guest.memory, guest.network, guest.value)]
    assert all(0.0 < value <= 1.0 for value in (*values, found.value))
    assert sum(found.buckets) == len(found.guests)


@given(clusters(plain=True), st.integers(0, 100), st.integers(0, 60))
def test_no_guest_gains_when_another_one_on_its_node_wants_more(cluster, cores, gib):
    if not cluster.guests:
        return
    greedy, more = cluster.guests[0], Resources(cores / 10, gib * GIB / 2)
    after = replace(
        cluster,
        guests=(replace(greedy, demand=greedy.demand + more), *cluster.guests[1:]),
        nodes=tuple(
            replace(node, usage=node.usage + more) if node.name == greedy.node else node for node in cluster.nodes
        ),
    )
    before, then = scored(cluster).guests, scored(after).guests
    assert all(then[vmid].value <= before[vmid].value + 1e-9 for vmid in before if vmid != greedy.vmid)


def test_a_node_without_usage_is_left_out():
    blind = a_node("b", "8c/100G", usage=None)
    problem = make_problem(a_cluster({"a": "8c/100G", "b": "8c/100G"}, ["101 a 1c/10G", "102 b 1c/10G"]), Policy())
    half = replace(problem, cluster=replace(problem.cluster, nodes=(problem.cluster.nodes[0], blind)))
    assert list(score(half, problem.placement()).guests) == [101]

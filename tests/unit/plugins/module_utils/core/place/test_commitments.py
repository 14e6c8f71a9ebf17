# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What was started a moment ago counts before it shows (drs-model 8.3)."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Commitment
from ansible_collections.pve.drs.plugins.module_utils.core.place.commitments import (
    committed,
    is_spent,
    pending,
    with_commitments,
    with_less_room,
)
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest

EXPECTED = Resources(2.0, 8 * GIB)


def a_start(vmid=101, node="a", time=1000.0):
    return Commitment(vmid=vmid, node=node, expected=EXPECTED, time=time)


@pytest.mark.parametrize(("age", "cpu"), [(0.0, 2.0), (150.0, 1.213061), (300.0, 0.735759), (600.0, 0.4)])
def test_cpu_counts_for_less_and_less(age, cpu):
    """[Ex 8.1]: what is measured counts when it is more."""
    measured = 0.4
    assert max(measured, committed(EXPECTED, age).cpu) == pytest.approx(cpu, abs=1e-6)


@pytest.mark.parametrize(("age", "memory"), [(-5.0, 8 * GIB), (299.0, 8 * GIB), (300.0, 0.0)])
def test_memory_counts_in_full_until_it_shows(age, memory):
    assert committed(EXPECTED, age).memory == memory


def test_only_what_does_not_show_yet_is_added_to_guest_and_node():
    cluster = a_cluster({"a": "8c/64G", "b": "8c/64G"}, ["101 a 0.5c/6G", "102 b 1c/4G"])
    found = with_commitments(cluster, [a_start()], 1000.0)
    assert found.guest_by_vmid[101].demand == EXPECTED
    assert found.node_by_name["a"].usage == EXPECTED
    assert found.node_by_name["b"] == cluster.node_by_name["b"]
    assert found.guest_by_vmid[102] == cluster.guest_by_vmid[102]


def test_a_guest_that_shows_all_of_it_changes_nothing():
    cluster = a_cluster({"a": "8c/64G"}, ["101 a 3c/9G"])
    assert with_commitments(cluster, [a_start()], 1000.0) is cluster
    assert with_less_room(cluster, [a_start()], 1000.0) is cluster


def test_a_guest_counts_where_it_is_now():
    cluster = a_cluster({"a": "8c/64G", "b": "8c/64G"}, ["101 b 0c/0G"])
    assert with_commitments(cluster, [a_start()], 1000.0).node_by_name["b"].usage == EXPECTED


@pytest.mark.parametrize(("node", "now", "counts"), [("a", 1100.0, True), ("a", 1120.0, False), ("b", 1100.0, False)])
def test_a_guest_may_take_a_while_until_it_runs(node, now, counts):
    cluster = a_cluster({"a": "8c/64G", "b": "8c/64G"}, [a_guest(101, node, "0c/0G", status="stopped")])
    found = with_commitments(cluster, [a_start()], now)
    assert found.guest_by_vmid[101].is_active == counts


def test_guests_that_are_gone_and_nodes_without_figures_count_for_nothing():
    cluster = a_cluster({"a": {"status": "offline"}}, ["101 a 0c/0G"])
    assert pending(cluster, [a_start(999)], 1000.0) == {}
    assert with_commitments(cluster, [a_start()], 1000.0).node_by_name["a"].usage is None


@pytest.mark.parametrize(("now", "spent"), [(1000.0, False), (2499.0, False), (2500.0, True), (600.0, True)])
def test_commitments_are_spent_after_a_while_and_never_from_the_future(now, spent):
    assert is_spent(a_start(), now) == spent
    cluster = a_cluster({"a": "8c/64G"}, ["101 a 0c/0G"])
    assert (pending(cluster, [a_start()], now) == {}) == spent


def test_as_less_room_it_is_no_load():
    cluster = a_cluster({"a": "8c/64G", "b": "8c/64G"}, ["101 a 0.5c/2G", a_guest(102, "b", "0c/0G", status="stopped")])
    found = with_less_room(cluster, [a_start(), a_start(102, "b")], 1000.0)
    assert [node.usage for node in found.nodes] == [node.usage for node in cluster.nodes]
    assert found.node_by_name["a"].surge == Resources(1.5, 6 * GIB)
    assert found.guest_by_vmid[101].surge == Resources(1.5, 6 * GIB)
    assert found.node_by_name["b"].surge == EXPECTED
    assert found.guest_by_vmid[102].surge == NOTHING

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Which local storages count (drs-model 2.3.1)."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.loads import load_of, loads
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import LocalVolume
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.storages import bytes_of
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest

GUEST = a_guest(101, "a", disk={"fast": "10G", "scratch": "40G"})
NODES = {
    "a": {"capacity": "8c/64G", "disks": {"fast": "50G/100G", "scratch": "90G/100G"}},
    "b": {"capacity": "8c/64G", "disks": {"fast": "10G/100G", "scratch": "80G/100G"}},
}
CLUSTER = a_cluster(NODES, [GUEST])


@pytest.mark.parametrize(
    ("lists", "expected", "with_guest"),
    [
        ({}, {"a": 0.7, "b": 0.45}, 0.7),
        ({"included_storages": {"fast"}}, {"a": 0.5, "b": 0.1}, 0.2),
        ({"excluded_storages": {"fast"}}, {"a": 0.9, "b": 0.8}, 1.2),
        ({"included_storages": {"fast", "scratch"}, "excluded_storages": {"scratch"}}, {"a": 0.5, "b": 0.1}, 0.2),
    ],
    ids=["all", "one", "all but one", "both lists"],
)
def test_only_what_counts_is_counted_on_nodes_and_of_guests(lists, expected, with_guest):
    problem = make_problem(CLUSTER, Policy(method="disk", **{name: frozenset(ids) for name, ids in lists.items()}))
    placement = problem.placement()
    assert loads(problem, placement) == pytest.approx(expected)
    assert load_of(problem, placement, "b", arriving=GUEST) == pytest.approx(with_guest)


def test_with_nothing_left_there_is_nothing_to_measure():
    with pytest.raises(NoMeasurement, match="no node shows a local storage for disks of guests that counts"):
        make_problem(CLUSTER, Policy(method="disk", included_storages=frozenset({"nvme"})))


def test_a_name_that_no_node_knows_is_warned_of():
    found = make_problem(CLUSTER, Policy(method="disk", excluded_storages=frozenset({"scartch", "fast"})))
    assert [warning.split(" for ")[0] for warning in found.cluster.warnings] == ["no node has a local storage scartch"]
    assert make_problem(CLUSTER, Policy(method="disk", excluded_storages=frozenset({"fast"}))).cluster.warnings == ()


def test_a_pool_counts_as_long_as_one_of_its_storages_does():
    """Both list the same volume; the second one has another of its own."""
    volumes = (
        LocalVolume(storage="one", pool="one", name="disk-0", bytes=3 * GIB),
        LocalVolume(storage="two", pool="one", name="disk-0", bytes=3 * GIB),
        LocalVolume(storage="two", pool="one", name="disk-1", bytes=2 * GIB),
    )
    guest = a_guest(101, "a", local_volumes=volumes)
    nodes = {"a": {"capacity": "8c/64G", "disks": {"one": "8G/10G", "two": "8G/10G"}}, "b": "8c/64G"}
    assert (guest.local_bytes, bytes_of(guest, Policy())) == (5 * GIB, 5 * GIB)
    without = Policy(method="disk", excluded_storages=frozenset({"one"}))
    assert bytes_of(guest, without) == 5 * GIB
    problem = make_problem(a_cluster(nodes, [guest]), without)
    assert load_of(problem, problem.placement(), "a") == pytest.approx(0.8)


def test_unknown_volumes_stay_unknown():
    guest = a_guest(101, "a", disk=None)
    assert (guest.local_bytes, bytes_of(guest, Policy())) == (None, None)

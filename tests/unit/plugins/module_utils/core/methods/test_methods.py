# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""How loaded a node is, by every method of the catalog."""

import math
from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.assess import assess
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import METHODS, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.loads import load_of, loads
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.needs import needs_of
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest, a_storage
from ansible_collections.pve.drs.tests.histories import Past, with_past

MIX = {"memory": 3.0, "cpu": 1.0}
# pressure has its own tests
every_method = pytest.mark.parametrize("method", sorted(METHODS.keys() - {"psi"}))
GUEST = a_guest(101, "a", "2c/30G", size="4c/50G", disk="50G")
CLUSTER = a_cluster(
    {
        "a": {
            "capacity": "8c/100G",
            "overhead": "1c/10G",
            "local_storages": (a_storage("local", "75G", "100G"), a_storage("same", "75G", "100G")),
        },
        "b": {
            "capacity": "16c/200G",
            "local_storages": (a_storage("local", "0G", "150G"), a_storage("z", "0G", "50G")),
        },
    },
    [GUEST],
)
# method: load of a, of a without the guest, of b with the guest
BY_HAND = {
    "memory": (0.40, 0.10, 0.15),
    "cpu": (0.375, 0.125, 0.125),
    "memory_rrd": (0.40, 0.10, 0.15),
    "cpu_rrd": (0.375, 0.125, 0.125),
    "memory_assigned": (0.50, 0.0, 0.25),
    "cpu_assigned": (0.50, 0.0, 0.25),
    "disk": (0.75, 0.25, 0.25),
    "weighted": (0.39375, 0.10625, 0.14375),
}


def problem_of(method):
    return make_problem(with_past(CLUSTER, Past({}, {101: {}})), Policy(method=method, method_weights=MIX))


@every_method
def test_load_is_an_amount_by_capacity(method):
    problem = problem_of(method)
    assert loads(problem, problem.placement()) == pytest.approx({"a": BY_HAND[method][0], "b": 0.0})


@every_method
def test_a_guest_takes_its_own_share_along(method):
    _unused, without, on_b = BY_HAND[method]
    problem = problem_of(method)
    placement = problem.placement()
    assert load_of(problem, placement, "a", leaving=GUEST) == pytest.approx(without)
    assert load_of(problem, placement, "b", arriving=GUEST) == pytest.approx(on_b)


@pytest.mark.parametrize(("method", "load"), [("cpu", 0.25), ("cpu_rrd", 0.125), ("weighted", 0.175)])
def test_a_guest_that_waits_brings_what_it_would_use(method, load):
    """Half of its time is lost to two busy cores of four."""
    waiting = replace(GUEST, pressure={"cpu_some": 50.0, "cpu_full": 50.0})
    cluster = with_past(replace(CLUSTER, guests=(waiting,)), Past({}, {101: {}}))
    problem = make_problem(cluster, Policy(method=method, method_weights=MIX))
    placement = problem.placement()
    assert load_of(problem, placement, "a") == load_of(problem_of(method), problem_of(method).placement(), "a")
    assert load_of(problem, placement, "b", arriving=waiting) == pytest.approx(load)


@pytest.mark.parametrize("method", ["memory", "cpu"])
def test_the_node_s_own_figure_wins_and_nothing_falls_below_zero(method):
    """Where guests report more than their node, the node is believed (drs-model 2.9)."""
    cluster = a_cluster({"a": {"capacity": "8c/100G", "usage": "1c/10G"}, "b": "8c/100G"}, [GUEST])
    problem = make_problem(cluster, Policy(method=method))
    assert load_of(problem, problem.placement(), "a") == pytest.approx({"memory": 0.1, "cpu": 0.125}[method])
    assert load_of(problem, problem.placement(), "a", leaving=GUEST) == 0.0


@every_method
def test_it_says_what_it_is(method):
    assert METHODS[method].name == method
    assert METHODS[method].describes


@pytest.mark.parametrize("method", ["memory_assigned", "cpu_assigned"])
@pytest.mark.parametrize(("scope", "expected"), [("running", 0.50), ("all", 0.75)])
def test_a_stopped_guest_is_assigned_what_it_would_have(method, scope, expected):
    stopped = a_guest(102, "a", "2c/25G", status="stopped")
    template = a_guest(103, "a", "2c/25G", status="stopped", is_template=True)
    cluster = a_cluster({"a": "8c/100G"}, [GUEST, stopped, template])
    problem = make_problem(cluster, Policy(method=method, assigned_scope=scope))
    assert loads(problem, problem.placement()) == {"a": expected}


def test_vcpus_count_as_configured_although_the_listing_caps_them():
    """A guest with 16 vCPUs on a node of 8 is listed with 8, and takes 16 along."""
    cluster = a_cluster({"a": "8c/100G", "b": "32c/100G"}, [a_guest(size="8c/10G", vcpus=16.0)])
    problem = make_problem(cluster, Policy(method="cpu_assigned"))
    placement = problem.placement()
    assert loads(problem, placement) == {"a": 2.0, "b": 0.0}
    assert load_of(problem, placement, "b", arriving=cluster.guests[0]) == 0.5


@pytest.mark.parametrize("storages", [None, ()], ids=["not asked for", "not seen"])
def test_without_any_local_storage_there_is_nothing_to_compare(storages):
    nodes = {"a": {"capacity": "8c/100G", "local_storages": storages}}
    with pytest.raises(NoMeasurement, match="method disk: no node shows a local storage"):
        make_problem(a_cluster(nodes), Policy(method="disk"))


def test_a_node_without_local_storage_is_not_compared_by_disk():
    nodes = {
        "a": {"capacity": "8c/100G", "local_storages": (a_storage("local", "50G", "100G"),)},
        "b": {"capacity": "8c/100G", "local_storages": ()},
    }
    problem = make_problem(a_cluster(nodes, [GUEST]), Policy(method="disk"))
    assert loads(problem, problem.placement()) == {"a": 0.5}
    assert [load.node for load in assess(problem, problem.placement()).loads] == ["a"]


def test_a_guest_whose_volumes_were_not_read_is_a_guess():
    problem = make_problem(replace(CLUSTER, guests=(replace(GUEST, local_volumes=None),)), Policy(method="disk"))
    assert problem.gauge.is_guess(GUEST.vmid)


@pytest.mark.parametrize(
    ("weights", "complaint"),
    [
        ({}, "needs method_weights"),
        ({"memory": 0.0}, "needs method_weights"),
        ({"memory": 1.0, "ram": 1.0}, "names ram; it may name memory, cpu, "),
        ({"memory": 1.0, "weighted": 1.0}, "names weighted"),
        ({"memory": -1.0}, "the weight of memory must be 0 or more"),
        ({"memory": math.nan}, "the weight of memory must be 0 or more"),
    ],
    ids=["none", "only zero", "unknown", "itself", "negative", "not a number"],
)
def test_weights_have_to_make_sense(weights, complaint):
    with pytest.raises(BadPolicy, match=complaint):
        make_problem(CLUSTER, Policy(method="weighted", method_weights=weights))


def test_a_mix_needs_what_its_parts_need():
    policy = Policy(method="weighted", method_weights={"disk": 1.0, "cpu_assigned": 1.0, "ram": 1.0})
    assert needs_of(policy) == Needs(volumes=True, vcpus=True)

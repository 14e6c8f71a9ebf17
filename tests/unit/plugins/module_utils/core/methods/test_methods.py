# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""How loaded a node is, by every method of the catalog."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import METHODS, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.loads import load_of, loads
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

every_method = pytest.mark.parametrize("method", METHODS)
GUEST = a_guest(101, "a", "2c/30G", size="4c/50G")
CLUSTER = a_cluster({"a": {"capacity": "8c/100G", "overhead": "1c/10G"}, "b": "16c/200G"}, [GUEST])
# method: load of a, of a without the guest, of b with the guest
BY_HAND = {
    "memory": (0.40, 0.10, 0.15),
    "cpu": (0.375, 0.125, 0.125),
    "memory_assigned": (0.50, 0.0, 0.25),
    "cpu_assigned": (0.50, 0.0, 0.25),
}


def problem_of(method):
    return make_problem(CLUSTER, Policy(method=method))


@every_method
def test_load_is_an_amount_by_capacity(method):
    problem = problem_of(method)
    assert loads(problem, problem.placement()) == {"a": BY_HAND[method][0], "b": 0.0}


@every_method
def test_a_guest_takes_its_own_share_along(method):
    _unused, without, on_b = BY_HAND[method]
    problem = problem_of(method)
    placement = problem.placement()
    assert load_of(problem, placement, "a", leaving=GUEST) == pytest.approx(without)
    assert load_of(problem, placement, "b", arriving=GUEST) == pytest.approx(on_b)


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

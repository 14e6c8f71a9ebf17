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
GUEST = a_guest(101, "a", "2c/30G")
CLUSTER = a_cluster({"a": {"capacity": "8c/100G", "overhead": "1c/10G"}, "b": "16c/200G"}, [GUEST])


def problem_of(method):
    return make_problem(CLUSTER, Policy(method=method))


@pytest.mark.parametrize(("method", "expected"), [("memory", 0.40), ("cpu", 0.375)], ids=str)
def test_load_is_use_by_capacity(method, expected):
    problem = problem_of(method)
    assert loads(problem, problem.placement()) == {"a": expected, "b": 0.0}


@pytest.mark.parametrize(
    ("method", "without", "on_b"), [("memory", 0.10, 0.15), ("cpu", 0.125, 0.125)], ids=["memory", "cpu"]
)
def test_a_guest_takes_its_own_share_along(method, without, on_b):
    problem = problem_of(method)
    placement = problem.placement()
    assert load_of(problem, placement, "a", leaving=GUEST) == pytest.approx(without)
    assert load_of(problem, placement, "b", arriving=GUEST) == pytest.approx(on_b)


@every_method
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

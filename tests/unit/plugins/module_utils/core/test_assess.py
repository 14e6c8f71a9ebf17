# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What fires and what does not, each with its figures."""

import pytest
from hypothesis import given

from ansible_collections.pve.drs.plugins.module_utils.core.assess import assess
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import PRESSURE_LIMITS, Policy, PressureLimits
from ansible_collections.pve.drs.tests.builders import a_balloon, a_cluster, a_guest
from ansible_collections.pve.drs.tests.histories import Past, with_past
from ansible_collections.pve.drs.tests.strategies import clusters, policies

HALF = Policy(memory_max=0.5, cpu_max=0.5)
NO_LIMITS = dict.fromkeys(PRESSURE_LIMITS, PressureLimits())
BALLOONED = a_guest(101, "a", "1c/60G", size="1c/80G", balloon=a_balloon("60G/20G"))


def quiet(cluster, policy=HALF):
    problem = make_problem(cluster, policy)
    return {trigger.name: trigger.reason for trigger in assess(problem, problem.placement()).quiet}


def waiting(*moves):
    """Nodes that wait for cpu, b more than a."""
    nodes = {"a": {"cpu_some": ["60x 4%"]}, "b": {"cpu_some": ["60x 10%"]}}
    cluster = a_cluster(dict.fromkeys("ab", "8c/100G"))
    return with_past(cluster, Past(guests={}, nodes=nodes, moves=moves, pressure=True))


def test_a_limit_that_no_node_exceeds_is_told_of_the_node_that_is_closest_to_its_own():
    cluster = a_cluster({"a": "8c/100G", "b": "32c/400G"}, ["101 a 1c/40G", "102 b 14c/80G"])
    assert quiet(cluster) == {
        "memory_capacity": "a uses 40.0 GiB, within its limit of 49.0 GiB",
        "cpu_capacity": "b uses 14.0 cores, within its limit of 16.0 cores",
    }


def test_of_two_nodes_that_are_as_close_the_first_is_told():
    cluster = a_cluster(dict.fromkeys("ba", "8c/100G"), ["101 b 1c/40G", "102 a 1c/40G"])
    assert quiet(cluster)["memory_capacity"].startswith("a uses 40.0 GiB")


def test_a_limit_that_is_exceeded_is_not_told_twice():
    assert "memory_capacity" not in quiet(a_cluster({"a": "8c/100G", "b": "8c/100G"}, ["101 a 1c/60G"]))


def test_what_ballooning_takes_back_is_told():
    told = quiet(a_cluster({"a": "8c/100G"}, [BALLOONED]))
    assert told["memory_capacity"] == "a needs 20.0 GiB of the 60.0 GiB that it uses, within its limit of 49.0 GiB"


def test_without_nodes_there_is_no_limit():
    assert quiet(a_cluster({})) == {"balanciness": "there are no nodes to compare"}


@pytest.mark.parametrize(
    "policy", [HALF, Policy(method="psi", pressure_limits=NO_LIMITS)], ids=["another method", "no limits"]
)
def test_pressure_that_does_not_matter_is_not_told(policy):
    assert "pressure" not in quiet(waiting(), policy)


def test_pressure_is_told_of_the_node_that_is_closest_to_its_limit():
    told = quiet(waiting(), Policy(method="psi"))
    assert told["pressure"] == "cpu some of b is at 50 % of its limit, the most of all nodes"


def test_pressure_is_not_told_of_a_node_that_has_to_settle():
    told = quiet(waiting("101 b->c 60s ago"), Policy(method="psi"))
    assert told["pressure"].startswith("cpu some of a is at 20 %")


@given(clusters(), policies())
def test_nothing_fires_and_does_not(cluster, policy):
    problem = make_problem(cluster, policy)
    found = assess(problem, problem.placement())
    assert {trigger.name for trigger in found.quiet}.isdisjoint(trigger.name for trigger in found.triggers)
    told = {trigger.name for trigger in (*found.quiet, *found.triggers)}
    assert told >= {trigger.name for trigger in problem.triggers}

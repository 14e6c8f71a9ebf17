# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Options -> policy: units, ranges, contradictions."""

import math

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import (
    PRESSURE_LIMITS,
    Limits,
    Policy,
    PressureLimits,
)
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.node_options import require_nodes
from ansible_collections.pve.drs.plugins.module_utils.glue.placing_arguments import placing
from ansible_collections.pve.drs.plugins.module_utils.glue.policy_options import judging_policy, moving_policy
from ansible_collections.pve.drs.plugins.module_utils.glue.ranges import RANGES

SPEC = arguments.connection() | arguments.judging() | arguments.moving() | arguments.observing() | arguments.executing()


def params(**changes):
    """Return the parameters of a module that was given nothing else."""
    return {name: option.get("default") for name, option in SPEC.items()} | changes


def a_cluster(*names):
    return Cluster(name="c", nodes=tuple(Node(name=name, capacity=None, usage=None) for name in names))


def test_the_defaults_are_those_of_the_core():
    assert moving_policy(params()) == Policy()
    assert judging_policy(params()) == Policy()


def test_percent_becomes_fractions():
    policy = judging_policy(params(method="cpu", estimator="ema", balanciness=15, memory_max=80, cpu_max=70.5))
    assert policy.estimator == "ema"
    assert (policy.method, policy.balanciness, policy.memory_max, policy.cpu_max) == ("cpu", 0.15, 0.8, 0.705)


def test_triggers_are_named_once():
    policy = judging_policy(params(triggers=["outliers", "variation", "outliers"], variation_max=20))
    assert (policy.triggers, policy.variation_max) == (("outliers", "variation"), 0.2)


def test_what_may_be_moved():
    policy = moving_policy(
        params(
            max_moves=3,
            max_parallel=2,
            max_parallel_per_node=1,
            restart_containers=True,
            automation="partial",
            partial_mandatory="apply",
            approve=["0123456789ab"],
            auto_rebalance="coexist",
            with_local_disks=True,
            migration_link_gbit=40,
            explain=[104, 101, 104],
            excluded_nodes=["pve3"],
            rules=[{"name": "r", "type": "pin", "guests": [900]}],
        )
    )
    assert policy.limits == Limits(max_moves=3, max_parallel=2, max_parallel_per_node=1)
    assert (policy.automation, policy.partial_mandatory, policy.approved) == ("partial", "apply", ("0123456789ab",))
    assert (policy.restart_containers, policy.with_local_disks, policy.link_bytes) == (True, True, 5e9)
    assert policy.auto_rebalance == "coexist"
    assert (policy.explain, policy.excluded_nodes) == ((104, 101), {"pve3"})
    assert [rule.name for rule in policy.rules] == ["r"]


@pytest.mark.parametrize(("option", "lowest", "highest", "unit"), RANGES, ids=[row[0] for row in RANGES])
def test_numbers_have_a_range(option, lowest, highest, unit):
    assert option in SPEC | arguments.evacuating() | arguments.pooling() | placing()
    for value in (lowest, highest):
        moving_policy(params(**{option: value}))
    for value in (lowest - 1, highest + 1, math.nan):
        with pytest.raises(BadPolicy, match=rf"^{option} is .*, but must be between .* and .*{unit}$"):
            moving_policy(params(**{option: value}))


def test_weights_are_those_that_count():
    policy = judging_policy(params(method="weighted", method_weights={"memory": "1", "cpu": 2, "disk": 0}))
    assert policy.method_weights == {"memory": 1.0, "cpu": 2.0}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (
            {"method": "cpu", "method_weights": {"cpu": 1}},
            "method_weights is for method weighted, but the method is cpu",
        ),
        ({"method": "weighted"}, "method weighted needs method_weights"),
        ({"method": "weighted", "method_weights": {"ram": 1}}, "method_weights names ram; it may name memory, cpu"),
        ({"method": "weighted", "method_weights": {"cpu": "much"}}, "method_weights must hold numbers"),
        ({"method": "weighted", "method_weights": {"cpu": None}}, "method_weights must hold numbers"),
        ({"method": "disk"}, "set with_local_disks"),
        ({"method": "weighted", "method_weights": {"disk": 1}}, "set with_local_disks"),
    ],
    ids=["other method", "none", "unknown", "no number", "nothing", "disk", "partly disk"],
)
def test_methods_and_their_options_go_together(given, complaint):
    with pytest.raises(BadPolicy, match=complaint):
        moving_policy(params(**given))


def test_pressure_limits_are_changed_one_by_one():
    policy = judging_policy(params(method="psi", pressure_limits={"io": {"some": "30", "full": 0}, "cpu": {"full": 0}}))
    assert policy.pressure_limits["io"] == PressureLimits(some=30.0, full=None, spike=60.0)
    assert {name: policy.pressure_limits[name] for name in ("cpu", "memory")} == {
        name: PRESSURE_LIMITS[name] for name in ("cpu", "memory")
    }


@pytest.mark.parametrize(
    ("limits", "complaint"),
    [
        ({"disk": {"some": 3}}, "pressure_limits names disk; it may name cpu, memory, io"),
        ({"io": 20}, "io must be a dictionary of some, full, spike"),
        ({"io": {"sum": 20}}, "io must be a dictionary of some, full, spike"),
        ({"io": {"some": "much"}}, "io some is much, but must be between 0 and 100 percent"),
        ({"io": {"some": 101}}, "io some is 101, but must be between 0 and 100 percent"),
        ({"io": {"some": None}}, "io some is None, but must be between 0 and 100 percent"),
        ({"cpu": {"full": 5}}, "cpu has no full"),
    ],
    ids=["resource", "number", "kind", "no number", "too high", "nothing", "full cpu"],
)
def test_pressure_limits_have_to_make_sense(limits, complaint):
    with pytest.raises(BadPolicy, match=complaint):
        judging_policy(params(method="psi", pressure_limits=limits))


def test_pressure_limits_are_for_psi():
    with pytest.raises(BadPolicy, match="pressure_limits is for method psi, but the method is memory"):
        judging_policy(params(pressure_limits={"io": {"some": 30}}))


def test_rules_and_whom_they_bind():
    rules = [{"name": "on", "type": "run_on", "guests": [101], "nodes": {"group": "rack1"}}]
    groups = {"rack1": ["pve1", "pve2"]}
    given = params(rules=rules, node_groups=groups, rules_scope="all", tag_prefix="ours", trust_tags=True)
    policy = judging_policy(given)
    assert [rule.nodes for rule in policy.rules] == [("pve1", "pve2")]
    assert (policy.rules_scope, policy.tag_prefix, policy.trust_tags) == ("all", "ours", True)


def test_what_figures_mean():
    policy = judging_policy(params(cpu_speeds={"pve1": "2.4", "pve2": 3}, reclaim_arc=True, count_merged=True))
    assert policy.cpu_speeds == {"pve1": 2.4, "pve2": 3.0}
    assert (policy.reclaim_arc, policy.count_merged) == (True, True)


@pytest.mark.parametrize("speed", [0, "fast", None, math.nan])
def test_a_speed_is_a_number(speed):
    with pytest.raises(BadPolicy, match="cpu_speeds: pve1 must have a number between"):
        judging_policy(params(cpu_speeds={"pve1": speed}))


def test_links_are_in_bytes_per_second():
    policy = judging_policy(params(link_gbit=10, link_gbit_by_node={"pve7": "25"}))
    assert (policy.node_link_bytes, policy.node_links) == (1.25e9, {"pve7": 3.125e9})


@pytest.mark.parametrize("speed", [0, "fast", None, math.nan, 1001])
def test_a_link_has_a_speed(speed):
    with pytest.raises(BadPolicy, match=r"link_gbit_by_node: pve7 must have a number between 0\.1 and 1000"):
        judging_policy(params(link_gbit_by_node={"pve7": speed}))


def test_processors():
    policy = judging_policy(params(speed_by_clock=True, smt_percent=30))
    assert (policy.speed_by_clock, policy.smt_share) == (True, 0.3)
    with pytest.raises(BadPolicy, match="cpu_speeds and speed_by_clock are two ways"):
        judging_policy(params(speed_by_clock=True, cpu_speeds={"a": 2}))


def test_what_nodes_may_be_filled_with():
    policy = moving_policy(params(max_disk_usage=85, memory_overcommit=1.5, cpu_overcommit=0))
    assert (policy.max_disk_usage, policy.memory_overcommit, policy.cpu_overcommit) == (0.85, 1.5, 0)


@pytest.mark.parametrize("option", ["cpu_classes", "host_layouts"])
def test_labels_of_nodes(option):
    policy = moving_policy(params(**{option: {"pve1": "rome", "pve2": 2}}))
    assert getattr(policy, option) == {"pve1": "rome", "pve2": "2"}
    require_nodes(policy, a_cluster("pve1", "pve2"))
    with pytest.raises(BadPolicy, match=f"^{option} names pve2, but cluster c has only pve1, pve3$"):
        require_nodes(policy, a_cluster("pve1", "pve3"))
    for nothing in (None, " ", [], {"a": 1}):
        with pytest.raises(
            BadPolicy, match=rf"^{option}: pve3 must have a label, such as \{{pve1: rome, pve2: rome\}}$"
        ):
            moving_policy(params(**{option: {"pve1": "rome", "pve3": nothing}}))


def test_storages_that_count():
    lists = {"included_storages": ["fast", "slow"], "excluded_storages": ["slow"]}
    policy = judging_policy(params(method="disk", **lists))
    assert (policy.included_storages, policy.excluded_storages) == ({"fast", "slow"}, {"slow"})
    mixed = judging_policy(params(method="weighted", method_weights={"cpu": 1, "disk": 1}, **lists))
    assert mixed.excluded_storages == {"slow"}


@pytest.mark.parametrize("option", ["included_storages", "excluded_storages"])
def test_storages_are_for_disk(option):
    with pytest.raises(BadPolicy, match=f"{option} is for method disk, but the method is memory"):
        judging_policy(params(**{option: ["fast"]}))

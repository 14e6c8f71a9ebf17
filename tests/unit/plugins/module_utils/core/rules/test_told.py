# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Rules and settings as a report lists them."""

from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    HaConfig,
    HaGroup,
    HaResource,
    NodeAffinity,
    ResourceAffinity,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.told import told_rules
from ansible_collections.pve.drs.plugins.module_utils.core.settings import settings_report
from ansible_collections.pve.drs.tests.builders import a_cluster

CLUSTER = a_cluster(dict.fromkeys("abc", "8c/100G"), ["101 a 1c/15G", "102 a 1c/15G", "103 b 1c/15G"])
SIDS = frozenset({"vm:102", "ct:101"})


def told_by_ha(**config):
    return told_rules(replace(CLUSTER, ha=HaConfig(**config)), Policy())


def test_declared_rules_are_told_with_their_members():
    small = Rule(name="small", type="max_guests", nodes=("a",), count=10)
    together = Rule(name="web", type="together", guests=GuestSelector(vmids=frozenset({102, 101})), strength="should")
    off = replace(together, name="off", enabled=False)
    told = told_rules(CLUSTER, Policy(rules=(small, together, off)))
    assert told[0] == {
        "kind": "rule", "name": "small", "type": "max_guests", "strength": "must", "enabled": True,
        "vmids": [], "nodes": ["a"], "count": 10, "level": "",
    }  # fmt: skip
    assert [(rule["vmids"], rule["strength"], rule["enabled"]) for rule in told[1:]] == [
        ([101, 102], "should", True),
        ([101, 102], "should", False),
    ]


def test_node_affinities_name_the_best_nodes_first():
    affinity = NodeAffinity(name="licensed", sids=SIDS, nodes={"a": 1, "b": 2, "c": 2}, is_strict=True)
    loose = replace(affinity, name="loose", is_strict=False, is_disabled=True)
    first, second = told_by_ha(node_affinities=(affinity, loose))
    assert (first["kind"], first["type"], first["nodes"], first["vmids"]) == (
        "HA rule", "run_on", ["b", "c", "a"], [101, 102],
    )  # fmt: skip
    assert [(told["strength"], told["enabled"]) for told in (first, second)] == [("must", True), ("should", False)]


def test_resource_affinities_that_nobody_wrote_are_left_out():
    apart = ResourceAffinity(name="apart", sids=SIDS, is_positive=False)
    near = ResourceAffinity(name="near", sids=SIDS, is_positive=True)
    derived = replace(near, name="derived", inferred_from=("apart", "near"))
    told = told_by_ha(resource_affinities=(apart, near, derived))
    assert [(rule["name"], rule["type"]) for rule in told] == [("apart", "separate"), ("near", "together")]


def test_groups_of_pve_8_are_told_with_the_guests_in_them():
    group = HaGroup(name="left", nodes={"a": 0}, is_restricted=True)
    resources = (HaResource(sid="vm:101", group="left"), HaResource(sid="vm:102"), HaResource(sid="?", group="left"))
    [told] = told_by_ha(groups=(group,), resources=resources)
    assert (told["kind"], told["strength"], told["vmids"]) == ("HA group", "must", [101])
    [loose] = told_by_ha(groups=(replace(group, is_restricted=False),))
    assert (loose["strength"], loose["vmids"]) == ("should", [])


def test_settings_are_told_in_the_words_and_units_of_options():
    told = settings_report(Policy(balanciness=0.123, excluded_nodes=frozenset("ba"), limits=Limits(max_moves=3)))
    assert (told["balanciness"], told["excluded_nodes"], told["max_moves"]) == (12.3, ["a", "b"], 3)
    assert (told["memory_overcommit"], told["automation"], told["hold"]) == (1.0, "full", 1)

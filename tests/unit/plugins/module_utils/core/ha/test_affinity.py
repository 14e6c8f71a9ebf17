# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Priorities of nodes, groups of PVE 8, and bundles."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.ha.affinity import preferred, priorities
from ansible_collections.pve.drs.plugins.module_utils.core.ha.bundles import Service, movable_bundles
from ansible_collections.pve.drs.plugins.module_utils.core.ha.groups import group_of, with_groups_as_rules
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaConfig, HaGroup, HaResource
from ansible_collections.pve.drs.tests.ha_rules import on_nodes

RULE = {"a": 1, "b": 2}


def test_a_rule_that_is_not_strict_leaves_the_other_nodes_as_a_last_resort():
    assert priorities(on_nodes("home", RULE, 1), "abc") == {"a": 1, "b": 2, "c": -1}
    assert priorities(on_nodes("home", RULE, 1, is_strict=True), "abc") == RULE


@pytest.mark.parametrize(
    ("open_nodes", "expected"),
    [("abc", "b"), ("ac", "a"), ("cd", "cd"), ("", "")],
    ids=["best", "next", "last", "none"],
)
def test_the_best_class_of_the_nodes_at_hand_is_preferred(open_nodes, expected):
    by_node = priorities(on_nodes("home", RULE, 1), "abcd")
    assert preferred(by_node, set(open_nodes)) == frozenset(expected)


def test_without_a_node_of_a_strict_rule_there_is_none():
    assert preferred(RULE, {"c"}) == frozenset()


def test_groups_become_rules():
    resources = tuple(
        HaResource(sid=f"vm:{number}", group=group) for number, group in enumerate((None, "left", "left", "gone"), 1)
    )
    groups = (
        HaGroup(name="left", nodes=RULE, is_restricted=True, fails_back=False, comment="why"),
        HaGroup(name="empty", nodes=RULE),
    )
    found = with_groups_as_rules(HaConfig(resources=resources, groups=groups))
    (rule,) = found.node_affinities
    assert (rule.name, rule.sids, rule.nodes) == ("ha-group-left", {"vm:2", "vm:3"}, RULE)
    assert (rule.is_strict, rule.comment, group_of(rule.name), group_of("home")) == (True, "why", "left", None)
    assert [resource.fails_back for resource in found.resources] == [True, False, False, True]
    assert found.groups == ()


def test_a_group_that_pve_9_lists_as_a_rule_is_not_made_a_second_one():
    listed = on_nodes("ha-group-left", RULE, 1)
    config = HaConfig(
        resources=(HaResource(sid="vm:1", group="left"),),
        node_affinities=(listed,),
        groups=(HaGroup(name="left", nodes=RULE, fails_back=False),),
    )
    found = with_groups_as_rules(config)
    assert found.node_affinities == (listed,)
    assert not found.resources[0].fails_back


TOGETHER = {"vm:1": frozenset({"vm:2", "vm:9"}), "vm:2": frozenset({"vm:1", "vm:9"})}
BUNDLES = {
    "partners on one node": ({"vm:1": "a started", "vm:2": "a started"}, {"vm:1": ("vm:1", "vm:2")}),
    "partners on two nodes": ({"vm:1": "a started", "vm:2": "b started"}, {}),
    "a partner under way": ({"vm:1": "a started", "vm:2": "a relocate"}, {}),
    "a stopped partner elsewhere": ({"vm:1": "a started", "vm:2": "b stopped"}, {"vm:1": ("vm:1",)}),
    "guests without partners": (
        {"vm:3": "a started", "ct:3": "b started", "vm:4": "a error", "vm:5": "a migrate"},
        {"ct:3": ("ct:3",), "vm:3": ("vm:3",)},
    ),
}


@pytest.mark.parametrize(("services", "expected"), BUNDLES.values(), ids=BUNDLES.keys())
def test_bundles_that_may_be_moved(services, expected):
    known = {sid: Service(*text.split()) for sid, text in services.items()}
    assert movable_bundles(known, TOGETHER) == expected

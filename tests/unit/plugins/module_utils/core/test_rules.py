# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Declared rules become what the constraints look up."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import RULE_TYPES, GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules import compile_rules, is_member
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

GUEST = a_guest(101, name="web", tags=("db", "prod"), pool="shop")
CLUSTER = a_cluster(
    {"a": "8c/100G", "b": "8c/100G"}, [GUEST, a_guest(102, tags=("drs-pin",)), a_guest(103, tags=("drs-ignore",))]
)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"vmids": frozenset({101})}, True),
        ({"names": frozenset({"web", "other"})}, True),
        ({"tags": frozenset({"prod"})}, True),
        ({"pools": frozenset({"shop"})}, True),
        (
            {"vmids": frozenset({102}), "names": frozenset({"w"}), "tags": frozenset({"d"}), "pools": frozenset({"s"})},
            False,
        ),
        ({}, False),
    ],
    ids=["vmid", "name", "tag", "pool", "none of them", "empty"],
)
def test_any_part_of_a_selector_makes_a_member(selector, expected):
    assert is_member(GUEST, GuestSelector(**selector)) is expected


def test_a_guest_without_pool_or_name_is_in_no_pool_and_has_no_name():
    assert not is_member(a_guest(), GuestSelector(pools=frozenset({"None"}), names=frozenset({"None"})))


def test_tags_count_as_rules():
    compiled = compile_rules(CLUSTER, ())
    assert (compiled.pinned, compiled.ignored) == ({102: "tag drs-pin"}, {103: "tag drs-ignore"})


@pytest.mark.parametrize("kind", ["pin", "ignore"])
def test_the_first_rule_that_names_a_guest_is_the_reason(kind):
    everyone = GuestSelector(vmids=frozenset({101, 102}))
    rules = [Rule(name=name, type=kind, guests=everyone) for name in ("one", "two")]
    compiled = compile_rules(CLUSTER, rules)
    held = {"pin": compiled.pinned, "ignore": compiled.ignored}[kind]
    assert (held[101], held[102]) == ("rule one", "rule one")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([Rule(name="all", type="max_guests", count=3)], {"a": (3, "all"), "b": (3, "all")}),
        ([Rule(name="one", type="max_guests", count=3, nodes=("a",))], {"a": (3, "one")}),
        (
            [Rule(name="all", type="max_guests", count=3), Rule(name="one", type="max_guests", count=2, nodes=("b",))],
            {"a": (3, "all"), "b": (2, "one")},
        ),
        ([Rule(name="none", type="max_guests")], {}),
        ([Rule(name="zero", type="max_guests", count=0, nodes=("a",))], {"a": (0, "zero")}),
    ],
    ids=["every node", "one node", "the smaller wins", "no count", "zero"],
)
def test_guest_counts_by_node(rules, expected):
    assert compile_rules(CLUSTER, rules).max_guests == expected


@pytest.mark.parametrize(
    ("selector", "nodes", "complaint"),
    [
        ({"vmids": frozenset({101, 999})}, (), "rule r names guest 999, which no guest matches"),
        ({"names": frozenset({"nobody"})}, (), "rule r names guest nobody, which no guest matches"),
        ({"tags": frozenset({"gpu"})}, (), "rule r names tag gpu, which no guest matches"),
        ({"pools": frozenset({"lab"})}, (), "rule r names pool lab, which no guest matches"),
        ({"vmids": frozenset({101})}, ("a", "z"), "rule r names node z, which the cluster does not have"),
    ],
    ids=["vmid", "name", "tag", "pool", "node"],
)
def test_what_hits_nothing_is_named(selector, nodes, complaint):
    rule = Rule(name="r", type="pin", guests=GuestSelector(**selector), nodes=nodes)
    assert compile_rules(CLUSTER, [rule]).ineffective == (complaint,)


def test_every_type_of_rule_is_tried_here():
    assert set(RULE_TYPES) == {"pin", "ignore", "max_guests"}

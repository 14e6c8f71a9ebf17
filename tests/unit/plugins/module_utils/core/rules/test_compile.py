# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Declared rules become what the constraints look up."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import (
    Automation,
    Bundle,
    Domain,
    Preference,
    Separation,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import RULE_TYPES, GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.compile import compile_rules
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import directory_of
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

GUEST = a_guest(101, name="web", tags=("db", "prod"), pool="shop")
CLUSTER = a_cluster(
    {"a": "8c/100G", "b": "8c/100G"}, [GUEST, a_guest(102, tags=("drs-pin",)), a_guest(103, tags=("drs-ignore",))]
)


def compiled_of(*rules, cluster=CLUSTER, **options):
    return compile_rules(cluster, Policy(rules=rules, **options))


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"vmids": frozenset({101})}, (101,)),
        ({"names": frozenset({"web", "other"})}, (101,)),
        ({"tags": frozenset({"prod"})}, (101,)),
        ({"pools": frozenset({"shop"})}, (101,)),
        ({"types": frozenset({"qemu"})}, (101, 102, 103)),
        ({"patterns": frozenset({"w?b*"})}, (101,)),
        ({"patterns": frozenset({"w", "W*"})}, ()),
        ({"patterns": frozenset({"*"})}, (101, 102, 103)),
        ({"vmids": frozenset({102}), "tags": frozenset({"prod"}), "pools": frozenset({"shop"})}, (101, 102)),
        ({"names": frozenset({"w"}), "tags": frozenset({"d"}), "pools": frozenset({"None"})}, ()),
        ({}, ()),
    ],
    ids=["vmid", "name", "tag", "pool", "type", "pattern", "whole name", "any name", "several", "none", "empty"],
)
def test_any_part_of_a_selector_makes_a_member(selector, expected):
    assert directory_of(CLUSTER).members(GuestSelector(**selector)) == set(expected)


def test_tags_count_as_rules():
    compiled = compiled_of()
    assert (compiled.pinned, compiled.ignored) == ({102: "tag drs-pin"}, {103: "tag drs-ignore"})


@pytest.mark.parametrize("kind", ["pin", "ignore"])
def test_the_first_rule_that_names_a_guest_is_the_reason(kind):
    everyone = GuestSelector(vmids=frozenset({101, 102}))
    rules = [Rule(name=name, type=kind, guests=everyone) for name in ("one", "two")]
    compiled = compiled_of(*rules)
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
    assert compiled_of(*rules).max_guests == expected


@pytest.mark.parametrize(
    ("selector", "nodes", "complaint"),
    [
        ({"vmids": frozenset({101, 999})}, (), "rule r names guest 999, which no guest matches"),
        ({"names": frozenset({"nobody"})}, (), "rule r names guest nobody, which no guest matches"),
        ({"tags": frozenset({"gpu"})}, (), "rule r names tag gpu, which no guest matches"),
        ({"pools": frozenset({"lab"})}, (), "rule r names pool lab, which no guest matches"),
        ({"types": frozenset({"lxc"})}, (), "rule r names type lxc, which no guest matches"),
        ({"patterns": frozenset({"x*"})}, (), "rule r names pattern x*, which no guest matches"),
        ({"vmids": frozenset({101})}, ("a", "z"), "rule r names node z, which the cluster does not have"),
    ],
    ids=["vmid", "name", "tag", "pool", "type", "pattern", "node"],
)
def test_what_hits_nothing_is_named(selector, nodes, complaint):
    rule = Rule(name="r", type="pin", guests=GuestSelector(**selector), nodes=nodes)
    assert compiled_of(rule).ineffective == (complaint,)


FOUR = a_cluster(
    {"a": "8c/100G", "b": "8c/100G", "c": "8c/100G"},
    [a_guest(vmid) for vmid in (101, 102, 103, 104)],
)


def rule(name, kind, vmids, nodes=(), **options):
    return Rule(name=name, type=kind, guests=GuestSelector(vmids=frozenset(vmids)), nodes=nodes, **options)


def test_guests_that_belong_together_in_turn_are_one_bundle_and_apart_as_one():
    """drs-model, example 3.1."""
    compiled = compiled_of(
        rule("t1", "together", (101, 102)),
        rule("t2", "together", (102, 103)),
        rule("s1", "separate", (103, 104)),
        cluster=FOUR,
    )
    assert compiled.bundles[101] == Bundle(vmids=(101, 102, 103), source="rule t1, rule t2")
    assert set(compiled.bundles) == {101, 102, 103}
    [separation] = compiled.separations[104]
    assert separation == Separation(vmids=frozenset({101, 102, 103, 104}), source="rule s1")
    assert set(compiled.separations) == {101, 102, 103, 104}


def test_rules_that_share_no_guest_make_bundles_of_their_own():
    compiled = compiled_of(
        rule("t1", "together", (103, 104)), rule("t2", "together", (101, 102)), cluster=FOUR, rules_scope="all"
    )
    assert [compiled.bundles[vmid].vmids for vmid in (101, 103)] == [(101, 102), (103, 104)]


def test_nodes_hold_for_the_whole_bundle():
    compiled = compiled_of(
        rule("t", "together", (101, 102)),
        rule("on", "run_on", (101,), ("a", "b", "z")),
        rule("off", "not_run_on", (102, 103), ("a",)),
        cluster=FOUR,
    )
    on, off = (
        Domain(nodes=frozenset({"a", "b"}), source="rule on"),
        Domain(nodes=frozenset({"b", "c"}), source="rule off"),
    )
    assert compiled.domains == {101: (on, off), 102: (on, off), 103: (off,)}


def test_wishes_are_preferences_and_bind_nobody():
    rules = [
        rule("t", "together", (101, 102), strength="should"),
        rule("s", "separate", (102, 103), strength="should"),
        rule("off", "not_run_on", (103,), ("a",), strength="should"),
    ]
    compiled = compiled_of(*rules, cluster=FOUR)
    assert compiled.preferences == (
        Preference(type="together", vmids=(101, 102), source="rule t", weight=1.0),
        Preference(type="separate", vmids=(102, 103), source="rule s", weight=3.0),
        Preference(type="run_on", vmids=(103,), nodes=frozenset({"b", "c"}), source="rule off", weight=2.0),
    )
    assert (compiled.bundles, compiled.separations, compiled.domains) == ({}, {}, {})


def test_a_rule_that_is_switched_off_is_none():
    off = [
        rule("t", "together", (101, 102), enabled=False),
        rule("p", "pin", (101, 999), enabled=False),
        Rule(name="m", type="max_guests", count=1, enabled=False),
    ]
    assert compiled_of(*off, cluster=FOUR) == compiled_of(cluster=FOUR)


@pytest.mark.parametrize(("scope", "expected"), [("running", (101, 102)), ("all", (101, 102, 103))])
def test_stopped_guests_take_part_if_told_so_and_templates_never(scope, expected):
    guests = [
        a_guest(101),
        a_guest(102),
        a_guest(103, status="stopped"),
        a_guest(104, status="stopped", is_template=True),
    ]
    compiled = compiled_of(
        rule("t", "together", (101, 102, 103, 104)), cluster=a_cluster({"a": "8c/100G"}, guests), rules_scope=scope
    )
    assert compiled.bundles[101].vmids == expected


@pytest.mark.parametrize("kind", ["together", "separate"])
def test_one_guest_alone_has_no_others(kind):
    compiled = compiled_of(rule("r", kind, (101, 999)), cluster=FOUR)
    assert compiled.ineffective == (
        "rule r names guest 999, which no guest matches",
        "rule r has no effect: 101 is its only guest",
    )
    assert (compiled.bundles, compiled.separations) == ({}, {})


def test_the_first_rule_says_how_much_is_done_without_asking():
    rules = [
        Rule(name="first", type="automation", level="manual", guests=GuestSelector(vmids=frozenset({101}))),
        Rule(name="second", type="automation", level="partial", guests=GuestSelector(vmids=frozenset({101, 102}))),
        Rule(
            name="off", type="automation", level="manual", guests=GuestSelector(vmids=frozenset({103})), enabled=False
        ),
    ]
    assert compiled_of(*rules, cluster=FOUR).automation == {
        101: Automation(level="manual", source="rule first"),
        102: Automation(level="partial", source="rule second"),
    }


def test_every_type_of_rule_is_tried_here():
    assert set(RULE_TYPES) == {
        "together",
        "separate",
        "run_on",
        "not_run_on",
        "pin",
        "ignore",
        "max_guests",
        "automation",
    }

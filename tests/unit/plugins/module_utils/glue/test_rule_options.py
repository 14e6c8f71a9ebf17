# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The option `rules`: one format, every complaint names the rule."""

import re

import pytest
import yaml

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import (
    RULE_TYPES,
    SOFT_TYPES,
    GuestSelector,
    Rule,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_options import (
    KEYS,
    rules_from,
    tag_prefix_from,
)


def a_rule(**changes):
    """Return a valid pin rule; a change of None leaves the key out."""
    rule = {"name": "r", "type": "pin", "guests": [101], **changes}
    return {key: value for key, value in rule.items() if value is not None}


def test_every_type_that_the_core_knows_can_be_written():
    assert tuple(KEYS) == RULE_TYPES


@pytest.mark.parametrize(
    ("guests", "selector"),
    [
        ([101, 102], GuestSelector(vmids=frozenset({101, 102}))),
        (["101"], GuestSelector(vmids=frozenset({101}))),
        (101, GuestSelector(vmids=frozenset({101}))),
        ({"vmid": 101}, GuestSelector(vmids=frozenset({101}))),
        ({"tag": "web"}, GuestSelector(tags=frozenset({"web"}))),
        ({"type": "lxc"}, GuestSelector(types=frozenset({"lxc"}))),
        ({"pattern": ["web-*", "db?"]}, GuestSelector(patterns=frozenset({"web-*", "db?"}))),
        ({"name": ["a", "b"], "pool": "p"}, GuestSelector(names=frozenset({"a", "b"}), pools=frozenset({"p"}))),
    ],
    ids=["list", "digits in a text", "one vmid", "vmid", "one tag", "type", "patterns", "several keys"],
)
def test_guests_are_chosen(guests, selector):
    assert rules_from([a_rule(guests=guests)]) == (Rule(name="r", type="pin", guests=selector),)


def test_max_guests_takes_count_and_nodes():
    given = a_rule(type="max_guests", guests=None, count="12", nodes=["pve1", "pve2"])
    assert rules_from([given]) == (Rule(name="r", type="max_guests", nodes=("pve1", "pve2"), count=12),)


def test_automation_takes_a_level():
    [rule] = rules_from([a_rule(type="automation", level="manual")])
    assert (rule.level, rule.guests.vmids) == ("manual", frozenset({101}))


GROUPS = {"rack1": ["pve1", "pve2"], "rack2": "pve3"}


@pytest.mark.parametrize(
    ("nodes", "names"),
    [
        ("pve1", ("pve1",)),
        (["pve2", "pve1", "pve2"], ("pve2", "pve1")),
        ({"name": "pve9"}, ("pve9",)),
        ({"group": "rack1"}, ("pve1", "pve2")),
        ({"group": ["rack2", "rack1"], "name": ["pve1", "pve9"]}, ("pve1", "pve9", "pve3", "pve2")),
    ],
    ids=["one", "list", "name", "group", "groups and names"],
)
def test_nodes_are_chosen(nodes, names):
    [rule] = rules_from([a_rule(type="run_on", nodes=nodes)], GROUPS)
    assert rule.nodes == names


@pytest.mark.parametrize("kind", SOFT_TYPES)
def test_rules_that_may_be_wishes(kind):
    nodes = ["pve1"] if "run_on" in kind else None
    [rule] = rules_from([a_rule(type=kind, nodes=nodes, strength="should")])
    assert rule.strength == "should"


@pytest.mark.parametrize(("given", "expected"), [(False, False), ("no", False), ("true", True), (1, True)])
def test_a_rule_can_be_switched_off(given, expected):
    [rule] = rules_from([a_rule(enabled=given)])
    assert rule.enabled is expected


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("1970-01-02", 86400.0),
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01 01:01:00+01:00", 60.0),
        (60, 60.0),
        (None, None),
    ],
    ids=["date", "time", "zone", "seconds", "not told"],
)
def test_the_age_of_a_rule(given, seconds):
    [rule] = rules_from([a_rule() | {"created": given}])
    assert rule.created == seconds


def test_strength_must_is_what_these_rules_have_anyway():
    assert rules_from([a_rule(strength="must")]) == rules_from([a_rule()])


WRONG = {
    "no name": (a_rule(name=None), "rules: rule number 1 has no name"),
    "blank name": (a_rule(name="  "), "rules: rule number 1 has no name"),
    "no type": (
        a_rule(type=None),
        "rule r: type is missing; known are together, separate, run_on, not_run_on, pin, ignore, max_guests, automation",
    ),
    "unknown type": (
        a_rule(type="nail"),
        "rule r: type is nail; known are together, separate, run_on, not_run_on, pin, ignore, max_guests, automation",
    ),
    "type is a list": (
        a_rule(type=["pin"]),
        "rule r: type is ['pin']; known are together, separate, run_on, not_run_on, pin, ignore, max_guests, automation",
    ),
    "unknown key": (
        a_rule(colour="red"),
        "rule r (pin): colour is not known here; known are name, type, strength, enabled, created, guests",
    ),
    "key of another type": (
        a_rule(count=3),
        "rule r (pin): count is not known here; known are name, type, strength, enabled, created, guests",
    ),
    "guests with max_guests": (
        a_rule(type="max_guests", count=3),
        "rule r (max_guests): guests is not known here; known are name, type, strength, enabled, created, count, nodes",
    ),
    "pin without guests": (a_rule(guests=None), "rule r (pin): guests is missing"),
    "automation without level": (a_rule(type="automation"), "rule r (automation): level is missing"),
    "a level that is none": (
        a_rule(type="automation", level="half"),
        "rule r: level is half; known are manual, partial, full",
    ),
    "max_guests without count": (a_rule(type="max_guests", guests=None), "rule r (max_guests): count is missing"),
    "empty list of guests": (a_rule(guests=[]), "rule r: guests is empty; name at least one"),
    "empty choice of guests": (a_rule(guests={}), "rule r: guests is empty; name at least one"),
    "unknown choice of guests": (
        a_rule(guests={"host": "x"}),
        "rule r: guests cannot be chosen by host; known are vmid, name, tag, pool, type, pattern, or a plain list of vmids",
    ),
    "empty tag": (a_rule(guests={"tag": ""}), "rule r: tag: empty is not a name"),
    "tag is a number": (a_rule(guests={"tag": 5}), "rule r: tag: 5 is not a name"),
    "name instead of vmid": (
        a_rule(guests=["web"]),
        "rule r: guests: web is not a whole number between 100 and 999999999",
    ),
    "vmid out of range": (a_rule(guests=[7]), "rule r: guests: 7 is not a whole number between 100 and 999999999"),
    "truth for a vmid": (
        a_rule(guests=[True]),
        "rule r: guests: True is not a whole number between 100 and 999999999",
    ),
    "negative count": (
        a_rule(type="max_guests", guests=None, count=-1),
        "rule r: count: -1 is not a whole number between 0 and 1000000",
    ),
    "weak rule": (
        a_rule(strength="should"),
        "rule r: strength is should; a rule of type pin is always must",
    ),
    "unknown strength": (
        a_rule(type="together", strength="may"),
        "rule r: strength is may; known are must and should",
    ),
    "unknown group": (
        a_rule(type="run_on", nodes={"group": "rack1"}),
        "rule r: node group rack1 is not among node_groups; known are none",
    ),
    "unknown choice of nodes": (
        a_rule(type="run_on", nodes={"rack": "1"}),
        "rule r: nodes cannot be chosen by rack; known are name, group, or a plain list of names",
    ),
    "no nodes": (a_rule(type="run_on"), "rule r (run_on): nodes is missing"),
    "empty choice of nodes": (a_rule(type="run_on", nodes={}), "rule r: nodes is empty; name at least one"),
    "unknown type of guest": (
        a_rule(guests={"type": "vm"}),
        "rule r: type: vm is no type of guest; known are qemu, lxc",
    ),
    "enabled is a guess": (a_rule(enabled="maybe"), "rule r: enabled: maybe is neither true nor false"),
    "created is no date": (
        a_rule(created="last week"),
        "rule r: created: last week is no date such as 2026-03-31 or 2026-03-31T12:00:00Z",
    ),
    "created is true": (
        a_rule(created=True),
        "rule r: created: True is no date such as 2026-03-31 or 2026-03-31T12:00:00Z",
    ),
}


@pytest.mark.parametrize(("given", "text"), WRONG.values(), ids=WRONG)
def test_a_wrong_rule_is_refused(given, text):
    with pytest.raises(BadPolicy) as refused:
        rules_from([given])
    assert str(refused.value) == text


def test_names_are_unique():
    with pytest.raises(BadPolicy, match="two rules are called r"):
        rules_from([a_rule(), a_rule(guests=[102])])


def test_a_group_of_nodes_is_not_empty():
    with pytest.raises(BadPolicy, match="node_groups: rack1 is empty; name at least one"):
        rules_from([], {"rack1": []})


@pytest.mark.parametrize("given", ["drs", "DRS_2", "a-b.c+d", ""])
def test_what_tags_may_begin_with(given):
    assert tag_prefix_from(given) == given


@pytest.mark.parametrize("given", ["-drs", "d rs", "ü", "drs;"])
def test_what_no_tag_can_begin_with(given):
    with pytest.raises(BadPolicy, match="tag_prefix: no tag can begin with"):
        tag_prefix_from(given)


@pytest.mark.parametrize("page", ["rules", "first-cluster"])
def test_the_examples_of_the_documentation_are_rules(root, page):
    text = (root / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    declared = [block for block in blocks if "drs_rules" in block]
    assert declared
    for block in declared:
        assert len(rules_from(block["drs_rules"], block.get("drs_node_groups"))) == len(block["drs_rules"])

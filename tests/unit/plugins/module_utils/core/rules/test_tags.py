# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Tags of guests stand for rules: wishes, unless tags are trusted."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Bundle, Domain, Preference
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.compile import compile_rules
from ansible_collections.pve.drs.plugins.module_utils.core.rules.tags import rule_of_tag, tagged
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

NODES = {"a": "8c/100G", "B": "8c/100G", "c": "8c/100G"}
TRUST = Policy(trust_tags=True)


def compiled(tags, policy=TRUST, **facts):
    """Compile a cluster of guests 101, 102, ... with these tags."""
    guests = [a_guest(101 + place, tags=named, **facts) for place, named in enumerate(tags)]
    return compile_rules(a_cluster(NODES, guests), policy)


def test_guests_with_the_same_tag_belong_together():
    found = compiled([("drs-together-web",), ("drs-together-web",), ("drs-together-db",), ("drs-together-db",)])
    assert found.bundles[101] == Bundle(vmids=(101, 102), source="tag drs-together-web")
    assert found.bundles[104] == Bundle(vmids=(103, 104), source="tag drs-together-db")


def test_guests_with_the_same_tag_are_apart():
    [separation] = compiled([("drs-separate-1",), ("drs-separate-1",)]).separations[102]
    assert (separation.vmids, separation.source) == (frozenset({101, 102}), "tag drs-separate-1")


def test_tags_say_how_much_is_done_without_asking():
    """A guest with both is moved by hand, and any rule counts more than a tag."""
    by_hand, both, auto = ("drs-manual",), ("drs-auto", "drs-manual"), ("drs-auto",)
    rule = Rule(name="r", type="automation", level="full", guests=GuestSelector(vmids=frozenset({104})))
    found = compiled([by_hand, both, auto, by_hand], replace(TRUST, automation="manual", rules=(rule,)))
    assert {vmid: (said.level, said.source) for vmid, said in found.automation.items()} == {
        101: ("manual", "tag drs-manual"),
        102: ("manual", "tag drs-manual"),
        103: ("full", "tag drs-auto"),
        104: ("full", "rule r"),
    }
    assert found.ineffective == ()


@pytest.mark.parametrize(("automation", "complaints"), [("full", 0), ("manual", 1)])
def test_tags_that_are_not_trusted_hold_guests_back_and_do_not_set_them_free(automation, complaints):
    found = compiled([("drs-manual",), ("drs-auto",)], Policy(automation=automation))
    assert found.automation.keys() == {101}
    assert len(found.ineffective) == complaints
    assert all("drs-auto has no effect" in text for text in found.ineffective)


def test_where_a_guest_may_be():
    """Any of the nodes that it has a tag for; nodes that Proxmox writes in small letters are found."""
    found = compiled([("drs-on-a", "drs-on-b"), ("drs-not-on-a", "drs-not-on-c")])
    assert found.domains == {
        101: (Domain(nodes=frozenset({"a", "B"}), source="tags drs-on-a, drs-on-b of guest 101"),),
        102: (Domain(nodes=frozenset({"B"}), source="tags drs-not-on-a, drs-not-on-c of guest 102"),),
    }


def test_nobody_is_bound_by_tags_that_are_not_trusted():
    found = compiled([("drs-on-a", "drs-separate-x"), ("drs-separate-x", "drs-prefer-c")], Policy())
    assert (found.domains, found.separations) == ({}, {})
    assert found.preferences == (
        Preference(type="separate", vmids=(101, 102), source="tag drs-separate-x", weight=3.0),
        Preference(type="run_on", vmids=(101,), nodes=frozenset({"a"}), source="tag drs-on-a of guest 101", weight=2.0),
        Preference(
            type="run_on", vmids=(102,), nodes=frozenset({"c"}), source="tag drs-prefer-c of guest 102", weight=2.0
        ),
    )


def test_a_preferred_node_is_a_wish_in_any_case():
    found = compiled([("drs-prefer-c",)])
    assert (found.domains, len(found.preferences)) == ({}, 1)


@pytest.mark.parametrize(
    ("tag", "complaint"),
    [
        ("drs-on-z", "tag drs-on-z names node z, which the cluster does not have"),
        ("drs-prefer-z", "tag drs-prefer-z names node z, which the cluster does not have"),
        ("drs-together-x", "tag drs-together-x has no effect: 101 is its only guest"),
        ("drs-alone", "tag drs-alone stands for no rule"),
        ("drs-on-", "tag drs-on- stands for no rule"),
    ],
)
def test_a_tag_without_effect_is_named(tag, complaint):
    found = compiled([(tag, "web", "drsx")], Policy())
    assert found.ineffective == (complaint,)
    assert found.preferences == ()


def test_a_node_that_does_not_exist_is_no_node_at_all():
    [disabled] = compiled([("drs-on-z",)]).disabled
    assert str(disabled) == (
        "tag drs-on-z of guest 101 does not count, it can never be kept: "
        "no node is left for 101: tag drs-on-z of guest 101 allows no node that exists"
    )


def test_rules_win_over_tags():
    apart = Rule(name="apart", type="separate", guests=GuestSelector(vmids=frozenset({101, 102})), created=9e9)
    found = compiled([("drs-together-x",), ("drs-together-x",)], Policy(trust_tags=True, rules=(apart,)))
    assert found.bundles == {}
    assert [(rule.source, rule.conflicts_with) for rule in found.disabled] == [("tag drs-together-x", ("rule apart",))]


@pytest.mark.parametrize(("prefix", "pinned"), [("drs", {101}), ("ours", {102}), ("", set())])
def test_what_tags_begin_with(prefix, pinned):
    found = compiled([("drs-pin",), ("ours-pin",), ("-pin",)], Policy(tag_prefix=prefix))
    assert (set(found.pinned), found.ineffective) == (pinned, ())


def test_stopped_guests_are_not_counted():
    tags = [("drs-together-x",), ("drs-together-x",)]
    assert compiled(tags, status="stopped").bundles == {}
    assert len(compiled(tags, Policy(trust_tags=True, rules_scope="all"), status="stopped").bundles) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("drs-on-pve1+licensed", "licensed"),
        ("drs-not-on-pve1+a-b", "a-b"),
        ("drs-prefer-pve1+x", "x"),
        ("drs-together+web", "web"),
        ("drs-pin+x", "x"),
        ("drs-ignore+x", "x"),
        ("drs-separate-c++", None),
        ("drs-separate-a+b", None),
        ("drs-on-pve1", None),
        ("drs-on-pve1+A", None),
        ("mine-pin+x", None),
    ],
)
def test_a_tag_that_was_written_for_a_rule_names_it(text, expected):
    assert rule_of_tag(text, "drs") == expected


def test_tags_of_different_rules_hold_side_by_side():
    guest = a_guest(101, tags=("drs-on-a+x", "drs-on-b+x", "drs-on-b+y", "drs-on-c"))
    found = tagged(a_cluster({"a": "8c/100G", "b": "8c/100G", "c": "8c/100G"}, [guest]), Policy())
    assert [sorted(clause.nodes) for clause in found.wishes] == [["c"], ["a", "b"], ["b"]]


def test_written_tags_pin_and_group_guests():
    guests = [
        a_guest(101, tags=("drs-pin+x", "drs-together+y")),
        a_guest(102, tags=("drs-together+y", "drs-together-y")),
    ]
    cluster = a_cluster({"a": "8c/100G", "b": "8c/100G"}, guests)
    compiled = compile_rules(cluster, Policy(trust_tags=True))
    assert compiled.pinned == {101: "tag drs-pin+x"}
    assert compiled.bundles[101].vmids == (101, 102)
    assert compiled.ineffective == ("tag drs-together-y has no effect: 102 is its only guest",)

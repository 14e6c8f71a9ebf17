# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""From declared rules to what stands in Proxmox VE, and how that is told."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaConfig, HaGroup, HaResource
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.changes import Change, steps
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.declaration import Declaration
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.naming import rules_in, rules_of, short_names
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.plan import plan_rules
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.sentences import (
    action,
    change_diff,
    drift,
    kept_by,
    lines,
    title,
)
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.ha_rules import ha_config, negative, on_nodes, positive

NODES = {"a": "8c/100G", "b": "8c/100G", "c": "8c/100G"}
GUESTS = (a_guest(101, name="web"), a_guest(102), a_guest(103), a_guest(201), a_guest(202, tags=("mine",)))
HA = HaConfig(resources=tuple(HaResource(sid=f"vm:{vmid}") for vmid in (101, 102, 103)))


def world(*guests, ha=HA, version="9.2.1", nodes=None):
    return a_cluster(nodes or NODES, guests or GUESTS, ha=ha, version=version)


def rule(name, kind, *vmids, nodes=(), **facts):
    return Rule(name=name, type=kind, guests=GuestSelector(vmids=frozenset(vmids)), nodes=tuple(nodes), **facts)


def planned(*rules, cluster=None, **facts):
    options = {name: facts.pop(name) for name in ("trust_tags", "tag_prefix") if name in facts}
    return plan_rules(cluster or world(), Declaration(policy=Policy(rules=rules, **options), **facts))


def shown(*rules, **facts):
    """What is desired, by title."""
    plan = planned(*rules, **facts)
    return {
        title(plan.cluster, key): lines(plan.cluster, entry)[:-1] or lines(plan.cluster, entry)
        for key, entry in plan.desired.items()
    }


def notes(*rules, **facts):
    return [(note.rule, note.text) for note in planned(*rules, **facts).notes]


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (rule("x", "separate", 101, 102), {"HA rule drs-x": ["guests keep apart", "guest 101 (web)", "guest 102"]}),
        (rule("x", "together", 101, 102), {"HA rule drs-x": ["guests keep together", "guest 101 (web)", "guest 102"]}),
        (rule("x", "run_on", 101, nodes="ab"), {"HA rule drs-x": ["only on a, b", "guest 101 (web)"]}),
        (
            rule("x", "not_run_on", 101, nodes="a", strength="should"),
            {"HA rule drs-x": ["best on b, c", "guest 101 (web)"]},
        ),
        (rule("x", "run_on", 101, nodes="z", enabled=False), {}),
        (
            rule("x", "separate", 101, 102, enabled=False),
            {"HA rule drs-x": ["guests keep apart", "guest 101 (web)", "guest 102", "switched off"]},
        ),
        (
            rule("x", "run_on", 101, nodes="a", enabled=False),
            {"HA rule drs-x": ["only on a", "guest 101 (web)", "switched off"]},
        ),
        (
            rule("x", "together", 201, 202),
            {"tags of guest 201": ["drs-together+x"], "tags of guest 202": ["drs-together+x"]},
        ),
        (rule("x", "together", 201, 202, enabled=False), {}),
        (rule("x", "run_on", 201, nodes="ab"), {"tags of guest 201": ["drs-on-a+x"]}),
        (rule("x", "run_on", 201, nodes="a", strength="should"), {"tags of guest 201": ["drs-prefer-a+x"]}),
        (rule("x", "not_run_on", 201, nodes="a"), {"tags of guest 201": ["drs-not-on-a+x"]}),
        (rule("x", "pin", 101), {"tags of guest 101 (web)": ["drs-pin+x"]}),
        (rule("x", "ignore", 201), {"tags of guest 201": ["drs-ignore+x"]}),
        (rule("x", "max_guests", count=3), {}),
        (rule("x", "together", 101), {}),
    ],
)
def test_what_a_rule_becomes(declared, expected):
    assert shown(declared) == expected


def test_a_group_that_ha_manages_in_part_is_told_by_tags_too():
    mixed = rule("x", "separate", 101, 102, 201)
    assert set(shown(mixed)) == {"HA rule drs-x", "tags of guest 101 (web)", "tags of guest 102", "tags of guest 201"}
    assert notes(mixed) == [
        ("x", "HA does not manage 201, so that it keeps only a part of the rule; all of it is told by tags")
    ]


def test_a_wish_about_guests_is_no_ha_rule():
    wish = rule("x", "together", 101, 102, strength="should")
    assert set(shown(wish)) == {"tags of guest 101 (web)", "tags of guest 102"}
    assert "HA rules about guests always bind" in notes(wish)[0][1]
    assert shown(wish, trust_tags=True) == {}
    assert "with trust_tags a tag of it would bind" in notes(wish, trust_tags=True)[0][1]


def test_what_proxmox_has_no_form_for_is_told():
    assert notes(rule("few", "max_guests", count=3)) == [("few", "Proxmox VE knows nothing like it; pve.drs keeps it")]
    old = world(version="8.4.1")
    assert "before Proxmox VE 9" in notes(rule("x", "separate", 101, 102), cluster=old)[0][1]


def test_without_a_prefix_there_are_no_tags():
    assert shown(rule("x", "pin", 101), tag_prefix="") == {}


@pytest.mark.parametrize(("facts", "expected"), [({"writes_ha": False}, {"t"}), ({"writes_tags": False}, {"H"})])
def test_only_what_is_to_be_written_is_planned(facts, expected):
    found = shown(rule("x", "run_on", 101, 201, nodes="a"), **facts)
    assert {name[0] for name in found} == expected


def test_wishes_give_way_and_guests_of_a_bundle_share_their_nodes():
    must, first = rule("m", "run_on", 101, nodes="ab"), rule("s1", "run_on", 103, nodes="ab", strength="should")
    bundle, last = rule("t", "together", 101, 102), rule("s2", "run_on", 103, 102, nodes="c", strength="should")
    found = shown(must, bundle, first, last)
    assert found["HA rule drs-m"] == ["only on a, b", "guest 101 (web)", "guest 102"]
    assert found["HA rule drs-s1"] == ["best on a, b", "guest 103"]
    assert "HA rule drs-s2" not in found
    texts = [text for name, text in notes(must, bundle, first, last) if name == "s2"]
    assert [text.partition(":")[0] for text in texts] == [
        "HA does not know of it for guests 101, 102",
        "HA does not know of it for guest 103",
    ]


def test_groups_of_version_8():
    old = world(version="8.4.1")
    found = shown(rule("x", "run_on", 101, 102, nodes="a"), cluster=old)
    assert found == {
        "HA group drs-x": ["only on a"],
        "HA group of guest 101 (web)": ["drs-x"],
        "HA group of guest 102": ["drs-x"],
    }
    theirs = replace(HA, groups=(HaGroup(name="drs-x", nodes={"b": 0}, comment="by hand"),))
    taken = planned(rule("x", "run_on", 101, nodes="a"), cluster=world(ha=theirs, version="8.4.1"))
    assert taken.desired == {}
    assert [note.is_problem for note in taken.notes] == [True]


def test_a_rule_that_would_cost_a_foreign_one_is_switched_off():
    """Proxmox VE would leave out both; theirs is in force now."""
    theirs = ha_config(on_nodes("grades", {"a": 2, "b": 1}, 101), resources=HA.resources)
    found = shown(rule("x", "separate", 101, 102), rule("y", "separate", 102, 103), cluster=world(ha=theirs))
    assert found["HA rule drs-x"][-1] == "switched off"
    assert found["HA rule drs-y"] == ["guests keep apart", "guest 102", "guest 103"]


def test_a_rule_is_switched_off_where_only_the_other_one_would_be_left_out():
    theirs = ha_config(negative("theirs", 101, 102, 103), resources=HA.resources)
    config = world(ha=theirs)
    declared = rule("x", "run_on", 101, 102, nodes="a", strength="should")
    [note] = [note for note in planned(declared, cluster=config).notes if note.is_problem]
    assert "is switched off, as Proxmox VE would not go by it" in note.text


def test_ours_is_known_by_name_and_comment():
    assert rules_of("drs-a_b", "pve.drs: a, b") == {"a", "b"}
    assert rules_of("ha-group-drs-a", "pve.drs: a") == {"a"}
    assert rules_of("drs-a", "by hand") == rules_of("theirs", "pve.drs: a") == rules_in("drs-A") == frozenset()


def test_membership_of_a_group_that_is_gone_is_known_by_its_name():
    ha = HaConfig(resources=(HaResource(sid="vm:101", group="drs-x"), HaResource(sid="vm:102", group="lost")))
    plan = planned(rule("x", "run_on", 201, nodes="a"), cluster=world(ha=ha, version="8.4.1"))
    assert [(change.key, change.after) for change in plan.changes if change.key[0] == "member"] == [
        (("member", "vm:101"), None)
    ]


@pytest.mark.parametrize(("names", "words"), [(("a b", "A-b"), "would both be called a-b"), (("é",), "needs a letter")])
def test_names_that_cannot_be(names, words):
    with pytest.raises(BadPolicy, match=words):
        short_names([rule(name, "pin", 101) for name in names])


def test_drift_is_told_in_sentences():
    present = ha_config(
        replace(on_nodes("drs-x", "ac", 101, is_strict=True), comment="pve.drs: x"),
        replace(positive("drs-old", 102, 103), comment="pve.drs: old"),
        resources=HA.resources,
    )
    cluster = world(a_guest(101), a_guest(102), a_guest(103, tags=("drs-pin+gone", "drs-pin+y")), ha=present)
    plan = planned(rule("x", "run_on", 101, nodes="ab"), rule("y", "pin", 102), cluster=cluster)
    assert drift(plan) == [
        "HA rule drs-x: lacks only on a, b and has only on a, c",
        "tags of guest 102: not there yet (drs-pin+y)",
        "tags of guest 103: there, but not declared (drs-pin+y)",
        "HA rule drs-old: there, but not declared (guests keep together, guest 102, guest 103, comment: pve.drs: old); purge removes it",
        "tags of guest 103: there, but not declared (drs-pin+gone); purge removes it",
    ]
    assert [action(change) for change in plan.changes] == ["change", "create", "remove"]
    assert change_diff(cluster, plan.changes)["after"].startswith("HA rule drs-x\n  only on a, b\n  guest 101\n")
    assert (kept_by(plan, "x"), kept_by(plan, "y")) == (["HA rule drs-x"], ["tag drs-pin+y"])


def test_a_group_whose_guests_do_not_return_says_so():
    group = HaGroup(name="x", nodes={"a": 2, "b": 0}, fails_back=False)
    assert lines(world(), group) == ["best on a:2, b", "guests do not return by themselves", "comment: "]


def test_rules_that_exchange_guests_go_by_a_detour():
    one, two = on_nodes("one", "a", 101), on_nodes("two", "b", 102)
    wanted = [
        Change(key=("rule", "one"), before=one, after=replace(one, sids=two.sids)),
        Change(key=("rule", "two"), before=two, after=replace(two, sids=one.sids)),
    ]
    found = steps(wanted, ha_config(one, two), 3)
    assert [(step.key[1], step.after.is_disabled) for step in found] == [("one", True), ("two", False), ("one", False)]


def test_what_will_be_refused_in_any_order_is_tried_all_the_same():
    one, two = on_nodes("one", "a", 101), on_nodes("two", "b", 101)
    new = Change(key=("rule", "two"), before=None, after=two)
    assert steps([new], ha_config(one), 3) == (new,)


def test_a_rule_of_another_type_is_removed_and_made_again():
    old, new = on_nodes("one", "a", 101, 102), negative("one", 101, 102)
    change = Change(key=("rule", "one"), before=old, after=new)
    assert steps([change], ha_config(old), 3) == (replace(change, after=None), replace(change, before=None))

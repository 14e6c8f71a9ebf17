# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The option `rules`: one format, every complaint names the rule."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import RULE_TYPES, GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_options import KEYS, rules_from


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
        ({"name": ["a", "b"], "pool": "p"}, GuestSelector(names=frozenset({"a", "b"}), pools=frozenset({"p"}))),
    ],
    ids=["list", "digits in a text", "one vmid", "vmid", "one tag", "several keys"],
)
def test_guests_are_chosen(guests, selector):
    assert rules_from([a_rule(guests=guests)]) == (Rule(name="r", type="pin", guests=selector),)


def test_max_guests_takes_count_and_nodes():
    given = a_rule(type="max_guests", guests=None, count="12", nodes=["pve1", "pve2"])
    assert rules_from([given]) == (Rule(name="r", type="max_guests", nodes=("pve1", "pve2"), count=12),)


def test_strength_must_is_what_these_rules_have_anyway():
    assert rules_from([a_rule(strength="must")]) == rules_from([a_rule()])


WRONG = {
    "no name": (a_rule(name=None), "rules: rule number 1 has no name"),
    "blank name": (a_rule(name="  "), "rules: rule number 1 has no name"),
    "no type": (a_rule(type=None), "rule r: type is missing; known are pin, ignore, max_guests"),
    "unknown type": (a_rule(type="nail"), "rule r: type is nail; known are pin, ignore, max_guests"),
    "type is a list": (a_rule(type=["pin"]), "rule r: type is ['pin']; known are pin, ignore, max_guests"),
    "unknown key": (
        a_rule(colour="red"),
        "rule r (pin): colour is not known here; known are name, type, strength, guests",
    ),
    "key of another type": (
        a_rule(count=3),
        "rule r (pin): count is not known here; known are name, type, strength, guests",
    ),
    "guests with max_guests": (
        a_rule(type="max_guests", count=3),
        "rule r (max_guests): guests is not known here; known are name, type, strength, count, nodes",
    ),
    "pin without guests": (a_rule(guests=None), "rule r (pin): guests is missing"),
    "max_guests without count": (a_rule(type="max_guests", guests=None), "rule r (max_guests): count is missing"),
    "empty list of guests": (a_rule(guests=[]), "rule r: guests is empty; name at least one"),
    "empty choice of guests": (a_rule(guests={}), "rule r: guests is empty; name at least one"),
    "unknown choice of guests": (
        a_rule(guests={"host": "x"}),
        "rule r: guests cannot be chosen by host; known are vmid, name, tag, pool, or a plain list of vmids",
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
}


@pytest.mark.parametrize(("given", "text"), WRONG.values(), ids=WRONG)
def test_a_wrong_rule_is_refused(given, text):
    with pytest.raises(BadPolicy) as refused:
        rules_from([given])
    assert str(refused.value) == text


def test_names_are_unique():
    with pytest.raises(BadPolicy, match="two rules are called r"):
        rules_from([a_rule(), a_rule(guests=[102])])

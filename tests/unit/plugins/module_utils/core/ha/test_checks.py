# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Each check names all rules that it involves, in words."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.ha.checks import CHECKS, REASONS
from ansible_collections.pve.drs.plugins.module_utils.core.ha.force import rules_in_force
from ansible_collections.pve.drs.tests.ha_rules import ha_config, negative, on_nodes, positive

SEVERAL = {"a": 1, "b": 2}

FAILING = {
    "a guest in two node rules": (
        [on_nodes("left", "a", 1, 2), on_nodes("right", "b", 2)],
        ["left: vm:2 is in another node-affinity rule, too", "right: vm:2 is in another node-affinity rule, too"],
    ),
    "one guest only": ([positive("alone", 1)], ["alone: it names fewer than two guests"]),
    "more guests than nodes": (
        [negative("crowd", 1, 2, 3, 4)],
        ["crowd: it keeps more guests apart than the cluster has nodes"],
    ),
    "together and apart, by rules that overlap": (
        [positive("one", 1, 2), positive("two", 2, 3), negative("split", 1, 3)],
        [
            "split: it keeps apart guests that belong together by one, two",
            "one: it keeps together guests that split keeps apart",
            "two: it keeps together guests that split keeps apart",
        ],
    ),
    "nodes of several priorities": (
        [on_nodes("best", SEVERAL, 1), on_nodes("plain", "c", 2), negative("apart", 1, 2)],
        [
            "apart: its guests are in best, plain, of which one gives nodes several priorities",
            "best: its guests are in apart, which nodes of several priorities do not go with",
            "plain: its guests are in apart, which nodes of several priorities do not go with",
        ],
    ),
    "a positive set in two node rules": (
        [positive("one", 1, 2), positive("two", 2, 3), on_nodes("left", "a", 1), on_nodes("right", "a", 3)],
        [
            "one: its guests, which belong together, are in several rules: left, right",
            "two: its guests, which belong together, are in several rules: left, right",
            "left: its guests belong together with guests of other rules: right",
            "right: its guests belong together with guests of other rules: left",
        ],
    ),
    "too few nodes for guests that keep apart, strict or not": (
        [negative("apart", 1, 2, 3), on_nodes("left", "a", 1), on_nodes("same", "a", 2)],
        [
            "apart: its guests may only use fewer nodes than there are guests, by left, same",
            "left: it leaves too few nodes for the guests that apart keeps apart",
            "same: it leaves too few nodes for the guests that apart keeps apart",
        ],
    ),
}


@pytest.mark.parametrize(("rules", "expected"), FAILING.values(), ids=FAILING.keys())
def test_what_fails_a_check_is_dropped(rules, expected):
    bystanders = [positive("other", 91, 92), negative("rivals", 93, 94), on_nodes("home", SEVERAL, 95)]
    found = rules_in_force(ha_config(*rules, *bystanders), node_count=3)
    assert [f"{dropped.rule}: {dropped.reason}" for dropped in found.dropped] == expected
    assert [rule.name for rule in (*found.on_nodes, *found.positive, *found.negative)] == ["home", "other", "rivals"]


def test_every_reason_occurs_above():
    found = {
        dropped.code
        for rules, _unused in FAILING.values()
        for dropped in rules_in_force(ha_config(*rules), node_count=3).dropped
    }
    assert found == set(REASONS)
    assert len(CHECKS) == len(FAILING)


PASSING = {
    "positive and negative share one guest": [positive("one", 1, 2), negative("two", 2, 3)],
    "as many guests as nodes": [negative("apart", 1, 2, 3)],
    "nodes of one priority": [on_nodes("best", {"a": 5, "b": 5}, 1), negative("apart", 1, 2)],
    "a set with one home": [positive("one", 1, 2), on_nodes("home", "a", 1)],
    "enough nodes for those that are bound": [negative("apart", 1, 2, 3), on_nodes("home", "ab", 1, 2)],
    "an infeasible set that the union hides": [
        negative("apart", 1, 2, 3),
        on_nodes("left", "a", 1, 2, is_strict=True),
        on_nodes("right", "bc", 3, is_strict=True),
    ],
}


@pytest.mark.parametrize("rules", PASSING.values(), ids=PASSING.keys())
def test_what_passes_every_check_is_kept(rules):
    found = rules_in_force(ha_config(*rules), node_count=3)
    assert found.dropped == ()
    kept = (*found.on_nodes, *found.positive, *found.negative_as_written)
    assert {rule.name for rule in kept} == {rule.name for rule in rules}


def test_a_disabled_rule_neither_binds_nor_conflicts():
    off = [replace(rule, is_disabled=True) for rule in (positive("one", 1, 2), on_nodes("left", "a", 1))]
    found = rules_in_force(ha_config(*off, negative("apart", 1, 2), on_nodes("right", "bc", 1)), node_count=3)
    assert (found.dropped, found.positive) == ((), ())
    assert [rule.name for rule in (*found.on_nodes, *found.negative)] == ["right", "apart"]

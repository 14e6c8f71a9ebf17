# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What is told about rules that do not hold, or not now: one sentence that names guests and nodes."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules import colouring
from ansible_collections.pve.drs.plugins.module_utils.core.rules.compile import compile_rules
from ansible_collections.pve.drs.plugins.module_utils.core.rules.sentences import listed
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest


def rule(name, kind, *vmids, nodes=()):
    return Rule(name=name, type=kind, guests=GuestSelector(vmids=frozenset(vmids)), nodes=nodes)


def compiled(*rules, nodes="ab", **changes):
    """Compile for guests 101 (db) to 106 on node a, and nodes that are as told."""
    guests = [a_guest(vmid, name="db" if vmid == 101 else "") for vmid in range(101, 107)]
    by_name = {name: {"capacity": "8c/100G", **changes.get(name, {})} for name in nodes}
    return compile_rules(a_cluster(by_name, guests), Policy(rules=rules))


DISABLED = {
    "torn": (
        (rule("t", "together", 101, 102, 103), rule("s", "separate", 101, 102)),
        "rule s does not count, because of rule t: 101 (db) and 102 would have to share a node and be on nodes of their own",
    ),
    "crowded": (
        (rule("s", "separate", 101, 102, 103),),
        "rule s does not count, it can never be kept: 101 (db), 102 and 103 need a node each, but only a and b are left for them",
    ),
    "crowded on one node": (
        (rule("s", "separate", 101, 102), rule("r", "run_on", 101, 102, nodes=("b",))),
        "rule r does not count, because of rule s: 101 (db) and 102 need a node each, but only b is left for them",
    ),
    "nowhere": (
        (rule("r", "run_on", 101, nodes=("b",)), rule("n", "not_run_on", 101, nodes=("b",))),
        "rule n does not count, because of rule r: no node is left for 101 (db): rule r allows b, rule n forbids b",
    ),
    "no such node": (
        (rule("r", "run_on", 101, 102, nodes=("z",)),),
        "rule r does not count, it can never be kept: no node is left for 101 (db) and 102: rule r allows no node that exists",
    ),
    "nowhere together": (
        (
            rule("a", "run_on", 102, nodes=("a",)),
            rule("b", "run_on", 101, nodes=("b",)),
            rule("t", "together", 101, 102),
        ),
        "rule t does not count, because of rule a, rule b: no node is left for 101 (db) and 102: rule a allows a, rule b allows b",
    ),
    "impossible": (
        (rule("x", "separate", 101, 102), rule("y", "separate", 102, 103), rule("z", "separate", 103, 101)),
        "rule z does not count, because of rule x, rule y: 101 (db), 102 and 103 cannot be spread over a and b so that all these rules are kept",
    ),
}


@pytest.mark.parametrize(("rules", "text"), DISABLED.values(), ids=DISABLED)
def test_why_a_rule_does_not_count(rules, text):
    [disabled] = compiled(*rules).disabled
    assert str(disabled) == text


def test_what_each_of_the_rules_wants():
    rules = [
        rule("r", "run_on", 101, nodes=("a",)),
        rule("n", "not_run_on", 102, nodes=("b",)),
        rule("s", "separate", 101, 102),
        rule("t", "together", 103, 104),
        rule("u", "separate", 103, 104),
    ]
    first, second = compiled(*rules).disabled
    assert first.demands == (
        "rule r allows a for 101 (db)",
        "rule n forbids b for 102",
        "rule s keeps 101 (db) and 102 apart",
    )
    assert (first.vmids, first.nodes) == ((101, 102), ("a",))
    assert second.demands == ("rule t keeps 103 and 104 together", "rule u keeps 103 and 104 apart")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ()),
        ({"b": {"hastate": "maintenance"}}, ("only a is left",)),
        ({"b": {"status": "offline"}}, ("only a is left",)),
        ({"a": {"status": "offline"}, "b": {"status": "offline"}}, ()),
    ],
    ids=["all there", "maintenance", "down", "no node"],
)
def test_rules_that_cannot_be_kept_now_stay_in_force(changes, expected):
    found = compiled(rule("s", "separate", 101, 102), **changes)
    assert (found.disabled, len(found.separations)) == ((), 2)
    assert len(found.warnings) == len(expected)
    for text, part in zip(found.warnings, expected, strict=True):
        assert text.startswith("rule s cannot be kept at the moment: 101 (db) and 102 need a node each")
        assert part in text


def test_guests_that_stay_may_be_in_the_way():
    rules = (rule("s", "separate", 101, 102), rule("stay", "pin", 101, 105), rule("leave", "ignore", 102))
    [warning] = compiled(*rules).warnings
    assert warning == (
        "rule s cannot be kept beside rule leave and rule stay at the moment: "
        "101 (db) and 102 need a node each, but only a is left for them"
    )


def test_a_guest_that_stays_where_no_node_is_has_no_say():
    rules = (rule("s", "run_on", 101, nodes=("b",)), rule("stay", "pin", 101))
    assert compiled(*rules, a={"status": "offline"}).warnings == ()


def test_what_could_not_be_proven_is_told(monkeypatch):
    monkeypatch.setattr(colouring, "SEARCH_NODES", 0)
    rules = [rule("x", "separate", 101, 102), rule("y", "separate", 102, 103), rule("z", "separate", 103, 104)]
    ring = [*rules, rule("w", "separate", 104, 101)]
    assert compiled(*ring).warnings == (
        "whether rule x, rule y, rule z and rule w can all be kept could not be proven",
    )


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ("", ""),
        ("a", "a"),
        ("ab", "a and b"),
        ("abcdef", "a, b, c, d, e and f"),
        ("abcdefg", "a, b, c, d, e and 2 more"),
    ],
)
def test_long_lists_are_cut_short(names, text):
    assert listed(names) == text

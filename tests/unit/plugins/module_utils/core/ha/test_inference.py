# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What follows from the rules that are kept."""

from ansible_collections.pve.drs.plugins.module_utils.core.ha.affinity import partners
from ansible_collections.pve.drs.plugins.module_utils.core.ha.force import rules_in_force
from ansible_collections.pve.drs.tests.ha_rules import ha_config, negative, on_nodes, positive, sid


def pairs(rules):
    return {tuple(sorted(rule.sids)): rule.inferred_from for rule in rules if rule.is_inferred}


def members(rule):
    return {member.partition(":")[2] for member in rule.sids}


def test_rules_that_overlap_are_one():
    found = rules_in_force(ha_config(positive("b", 2, 3), positive("a", 1, 2), positive("c", 8, 9)), node_count=3)
    assert [(rule.name, rule.inferred_from, members(rule)) for rule in found.positive] == [
        ("a+b", ("a", "b"), {"1", "2", "3"}),
        ("c", (), {"8", "9"}),
    ]


def test_a_rule_that_links_two_sets_joins_only_the_first():
    """Sets are begun in the order of the lowest sid as text, where 105 comes after 101 and 102, and 1000 before 101."""
    rules = [positive("link", 105, 106), positive("second", 102, 106), positive("first", 101, 105)]
    found = rules_in_force(ha_config(*rules), node_count=3)
    assert [rule.name for rule in found.positive] == ["first+link", "second"]
    assert partners(found.positive)[sid("106")] == {sid("101"), sid("102"), sid("105")}
    assert partners(found.positive)[sid("102")] == {sid("106")}


def test_order_is_that_of_texts_not_of_numbers():
    """As texts, ct:900 < vm:1000 < vm:101 < vm:99; a rule in between links what came before it."""
    rules = [positive("p", 99, 101), positive("q", 1000, 99), positive("r", "ct:900", 101)]
    found = rules_in_force(ha_config(*rules), node_count=3)
    assert [rule.inferred_from for rule in found.positive] == [("r", "p"), ()]


def test_all_members_keep_away_from_whom_one_keeps_away():
    rules = [positive("team", 1, 2, 3), negative("rivals", 3, 4), negative("others", 2, 5)]
    found = rules_in_force(ha_config(*rules), node_count=3)
    assert pairs(found.negative) == {
        ("vm:1", "vm:4"): ("rivals", "team"),
        ("vm:2", "vm:4"): ("rivals", "team"),
        ("vm:1", "vm:5"): ("others", "team"),
        ("vm:3", "vm:5"): ("others", "team"),
    }


def test_what_is_inferred_is_not_inferred_from():
    """Two sets with one pair apart: each member keeps away from that of the pair, not from the other set as a whole."""
    found = rules_in_force(ha_config(positive("x", 1, 2), positive("y", 3, 4), negative("n", 1, 3)), node_count=3)
    assert set(pairs(found.negative)) == {("vm:2", "vm:3"), ("vm:1", "vm:4")}


def test_all_members_belong_where_one_belongs():
    found = rules_in_force(
        ha_config(positive("team", 1, 2), positive("free", 8, 9), on_nodes("home", "ab", 2, 7)), node_count=3
    )
    assert [members(rule) for rule in found.on_nodes] == [{"1", "2", "7"}]


def test_a_set_that_overlaps_takes_the_home_of_the_one_before():
    rules = [positive("first", 101, 105), positive("second", 102, 106), positive("link", 105, 106)]
    found = rules_in_force(ha_config(*rules, on_nodes("home", "a", 101)), node_count=3)
    assert [members(rule) for rule in found.on_nodes] == [{"101", "102", "105", "106"}]

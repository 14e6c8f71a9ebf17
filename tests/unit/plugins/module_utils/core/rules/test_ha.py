# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""HA rules are the first to hold, as far as Proxmox itself goes by them."""

from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Bundle, Domain, Preference
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaResource
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.compile import compile_rules
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.ha_rules import ha_config, negative, on_nodes, positive

NODES = dict.fromkeys("abc", "8c/100G")


def compiled(*ha_rules, rules=(), **facts):
    guests = [a_guest(vmid, status="stopped" if vmid == 104 else "running") for vmid in (101, 102, 103, 104)]
    return compile_rules(a_cluster(NODES, guests, ha=ha_config(*ha_rules, **facts)), Policy(rules=rules))


def rule(name, kind, *vmids, nodes=()):
    return Rule(name=name, type=kind, guests=GuestSelector(vmids=frozenset(vmids)), nodes=nodes)


def test_ha_rules_bind_stopped_guests_as_well():
    found = compiled(positive("x", 101, 104), negative("y", 102, 103))
    assert found.bundles[104] == Bundle(vmids=(101, 104), source="HA rule x", is_ha=True)
    assert [separation.source for separation in found.separations[103]] == ["HA rule y"]


def test_a_declared_rule_yields_to_an_ha_rule():
    found = compiled(positive("x", 101, 102), rules=[rule("apart", "separate", 101, 102)])
    assert [(disabled.source, disabled.conflicts_with) for disabled in found.disabled] == [
        ("rule apart", ("HA rule x",))
    ]
    assert found.bundles[101].is_ha


def test_a_bundle_of_both_kinds_is_one_of_ha():
    found = compiled(positive("x", 101, 102), rules=[rule("more", "together", 102, 103)])
    assert found.bundles[103] == Bundle(vmids=(101, 102, 103), source="HA rule x, rule more", is_ha=True)


def test_rules_that_proxmox_leaves_out_do_not_count():
    found = compiled(positive("x", 101, 102), negative("y", 101, 102))
    assert (found.bundles, found.separations, found.disabled) == ({}, {}, ())
    assert sorted(text.partition(",")[0] for text in found.ineffective) == [
        "HA rule x does not count",
        "HA rule y does not count",
    ]


def test_the_best_nodes_bind_guests_that_fail_back():
    allowed = Domain(nodes=frozenset("abc"), source="HA rule x")
    best = Domain(nodes=frozenset("a"), source="the preference of HA rule x")
    assert compiled(on_nodes("x", {"a": 2, "b": 1}, 101)).domains == {101: (allowed, best)}


def test_the_best_nodes_are_a_wish_for_guests_that_do_not_fail_back():
    stays = (HaResource(sid="vm:101", fails_back=False),)
    found = compiled(on_nodes("x", {"a": 2, "b": 1}, 101, is_strict=True), resources=stays)
    assert found.domains == {101: (Domain(nodes=frozenset("ab"), source="HA rule x"),)}
    wish = Preference(
        type="run_on", vmids=(101,), nodes=frozenset("a"), source="the preference of HA rule x", weight=2.0
    )
    assert found.preferences == (wish,)


def test_nodes_that_are_as_good_as_each_other_are_no_more_than_allowed():
    found = compiled(on_nodes("x", "ab", 101, 102, is_strict=True))
    allowed = Domain(nodes=frozenset("ab"), source="HA rule x")
    assert (found.domains, found.preferences) == ({101: (allowed,), 102: (allowed,)}, ())


def test_a_rule_for_another_node_than_ha_takes_the_guest_to_is_told_of():
    place = on_nodes("x", {"a": 2, "b": 1}, 101)
    found = compiled(place, rules=[rule("elsewhere", "run_on", 101, nodes=("b",))])
    assert found.disabled == ()
    [warning] = found.warnings
    assert warning == (
        "rule elsewhere cannot be kept beside the preference of HA rule x at the moment: "
        "no node is left for 101: the preference of HA rule x allows a, rule elsewhere allows b"
    )


def test_guests_that_ha_keeps_apart_need_not_all_be_on_their_best_node():
    place = on_nodes("x", "a", 101, 102)
    assert compiled(place, negative("y", 101, 102)).warnings == ()

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What becomes of the rest of a plan, and of a guest whose move failed."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import IMPROVEMENT, MANDATORY, Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.standing import is_harmful, next_best
from ansible_collections.pve.drs.tests.builders import a_cluster

NODES = dict.fromkeys("abcd", "8c/100G")
# a holds 60, b 10, c 20, d 30.
GUESTS = ["101 a 1c/20G", "102 a 1c/40G", "201 b 1c/10G", "301 c 1c/20G", "401 d 1c/30G"]


def a_rule(kind, *vmids, **facts):
    return Rule(name="r", type=kind, guests=GuestSelector(vmids=frozenset(vmids)), **facts)


ANY = Policy()
FAILED = (Move(101, "a", "b"),)


def choice(policy=ANY, category=IMPROVEMENT, guests=None, moves=FAILED):
    problem = make_problem(a_cluster(NODES, list(GUESTS if guests is None else guests)), policy)
    placement = problem.placement()
    before = dict(placement.node_of)
    found = next_best(problem, placement, moves, category)
    assert placement.node_of == before
    return found


def test_the_best_of_the_other_nodes_is_the_next():
    found = choice()
    assert found.target == "c"
    assert found.gain > 0.1


def test_the_same_node_is_the_last_to_be_tried():
    assert choice(Policy(rules=(a_rule("run_on", 101, nodes=frozenset("ab")),))).target == "b"


@pytest.mark.parametrize(("category", "target"), [(IMPROVEMENT, None), (MANDATORY, "b")])
def test_where_no_node_is_better_only_what_has_to_be_is_tried_again_on_the_same_one(category, target):
    """Such as a guest that was on its way home."""
    even = ["101 a 1c/20G", "201 b 1c/20G", "301 c 1c/20G", "401 d 1c/20G"]
    found = choice(category=category, guests=even)
    assert (found.target if found else None) == target


def test_a_guest_that_has_to_leave_its_node_goes_to_the_best_of_the_others():
    away = Policy(evacuated_nodes=frozenset("a"))
    assert choice(away, MANDATORY, ["101 a 1c/20G", "201 b 1c/5G", "301 c 1c/20G", "401 d 1c/30G"]).target == "c"


def test_where_nothing_is_allowed_there_is_no_choice():
    assert choice(Policy(rules=(a_rule("run_on", 101, nodes=frozenset("a")),)), MANDATORY) is None


def test_guests_go_where_their_partners_went():
    """102 arrived on c; 101, which failed, follows it however full c is."""
    together = Policy(rules=(a_rule("together", 101, 102),))
    guests = ["101 a 1c/10G", "102 c 1c/40G", "201 b 1c/10G", "401 d 1c/30G"]
    assert choice(together, MANDATORY, guests, (Move(101, "a", "c"),)).target == "c"


def test_half_of_an_exchange_does_harm_without_the_other():
    problem = make_problem(a_cluster({"a": "8c/100G", "b": "8c/100G"}, ["101 a 1c/50G", "201 b 1c/20G"]), Policy())
    there, back = Move(101, "a", "b"), Move(201, "b", "a")
    assert is_harmful(problem, [back], [back])
    assert not is_harmful(problem, [there, back], [back])


def test_a_way_over_another_node_is_judged_by_where_it_ends():
    """To c is no use, to b it is; what begins where its guest is not does not count."""
    nodes = {"a": "8c/100G", "b": "8c/100G", "c": "8c/100G"}
    problem = make_problem(a_cluster(nodes, ["101 a 1c/35G", "102 a 1c/25G", "301 c 1c/30G"]), Policy())
    over = [Move(101, "a", "c"), Move(101, "c", "b")]
    assert not is_harmful(problem, over, over[:1])
    assert is_harmful(problem, over[:1], over[:1])
    assert not is_harmful(problem, over[1:], over[1:])


def test_what_others_have_under_way_is_judged_as_if_it_had_ended():
    """Alone the move evens out; beside a guest that is about to arrive on its target it does harm."""
    guests = ["101 a 1c/20G", "102 a 1c/20G", "103 a 1c/20G", "201 b 1c/20G"]
    nodes = {"a": "8c/100G", "b": "8c/100G"}
    alone = make_problem(a_cluster(nodes, guests), Policy())
    migrations = (Migration(vmid=103, source="a", target="b"),)
    beside = make_problem(a_cluster(nodes, guests, migrations=migrations), Policy())
    move = Move(101, "a", "b")
    assert not is_harmful(alone, [move], [move])
    assert is_harmful(beside, [move], [move])

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that are bound to each other or to nodes: what is broken, what is refused, and in which words."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.together import join_rank
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Bundle
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

NODES = dict.fromkeys("abcde", "16c/200G")
GUESTS = ("101 a 1c/30G", "102 a 1c/10G", "103 b 1c/10G", "104 c 1c/20G")


def a_rule(kind, *vmids, **facts):
    return Rule(name=facts.pop("name", "r"), type=kind, guests=GuestSelector(vmids=frozenset(vmids)), **facts)


def a_problem(*rules, guests=GUESTS, **facts):
    return make_problem(a_cluster(NODES, guests, **facts), Policy(rules=rules))


def a_move(text):
    vmid, ends = text.split()
    return Move(int(vmid), *ends.split("->"))


BROKEN = {
    "all but one that meet are too many": (
        a_rule("separate", 101, 102, 103), "a", [(8.0, (101, 102), "a holds 101, 102, which rule r keeps apart")]
    ),
    "nobody meets": (a_rule("separate", 101, 103, 104), "a", []),
    "two guests off their nodes": (
        a_rule("run_on", 101, 102, 103, nodes=("b",)),
        "a",
        [(12.0, (101, 102), "a holds 101, 102, which rule r does not allow there")],
    ),
    "on an allowed node": (a_rule("run_on", 101, 102, 103, nodes=("b",)), "b", []),
    "away from most of the memory": (
        a_rule("together", 101, 102, 104),
        "c",
        [(4.0, (104,), "c holds 104, which rule r keeps with 101 on a, 102 on a")],
    ),
    "where the others come to": (a_rule("together", 101, 102, 104), "a", []),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "node", "expected"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken(rule, node, expected):
    problem = a_problem(rule)
    found = problem.violations(problem.placement(), node)
    assert [(violation.excess, violation.vmids, violation.reason) for violation in found] == expected


CONSTRAINT_OF = {
    "separate": "separate", "together": "together", "run_on": "allowed_nodes", "not_run_on": "allowed_nodes"
}  # fmt: skip
FOREIGN = (Migration(vmid=103, source="b", target="d"),)
STRAY = (Migration(vmid=103, source="b", target=None),)
REFUSED = {
    "where one of them is": (a_rule("separate", 101, 103), (), "101 a->b", "rule r keeps it apart from 103, which is on b"),
    "where none is": (a_rule("separate", 101, 103), (), "101 a->d", None),
    "where one is going to": (
        a_rule("separate", 101, 103), FOREIGN, "101 a->d", "rule r keeps it apart from 103, which is on its way from b to d"
    ),
    "where one may be going to": (
        a_rule("separate", 101, 103), STRAY, "101 a->e", "rule r keeps it apart from 103, which is under way to nobody knows where"
    ),
    "away from the others": (a_rule("together", 101, 102), (), "101 a->b", "rule r keeps it with 102, which is on a"),
    "to the others": (a_rule("together", 101, 103), (), "101 a->b", None),
    "to where one is leaving": (a_rule("together", 101, 103), FOREIGN, "101 a->b", "rule r keeps it with 103, which is on d"),
    "to one that is lost": (
        a_rule("together", 101, 103), STRAY, "101 a->b", "rule r keeps it with 103, which is under way to nobody knows where"
    ),
    "off its nodes": (
        a_rule("run_on", 101, nodes=("b", "a")), (), "101 a->c", "rule r does not allow it on c, only on a, b"
    ),
    "to one of many nodes": (a_rule("not_run_on", 101, nodes=("c",)), (), "101 a->b", None),
    "to a forbidden one of them": (
        a_rule("run_on", 101, nodes=("a", "b", "c", "d", "x")), (), "101 a->e", "rule r does not allow it on e, only on a, b, c, d"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "migrations", "move", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(rule, migrations, move, expected):
    problem = a_problem(rule, migrations=migrations)
    placement, asked = problem.placement(), a_move(move)
    refusal = problem.refusal(placement, asked)
    assert (refusal.reason if refusal else None) == expected
    [reason] = {c.refusal(placement, asked) for c in problem.constraints if c.name == CONSTRAINT_OF[rule.type]}
    assert reason == expected
    [allowed] = [
        c.targets(placement, asked.vmid, frozenset(NODES))
        for c in problem.constraints
        if c.name == CONSTRAINT_OF[rule.type]
    ]
    assert (asked.target in allowed) == (expected is None)


def test_many_allowed_nodes_are_not_listed():
    nodes = [f"n{number}" for number in range(8)]
    problem = make_problem(
        a_cluster(dict.fromkeys(nodes, "8c/100G"), ["101 n0 1c/1G"]),
        Policy(rules=(a_rule("not_run_on", 101, nodes=("n7",)),)),
    )
    assert problem.refusal(problem.placement(), a_move("101 n0->n7")).reason == "rule r does not allow it on n7"


def test_guests_of_one_bundle_may_meet_though_both_must_be_apart_from_a_third():
    """[Ex 3.1]: what is said of 103 holds for all of its bundle, and not among them."""
    problem = a_problem(
        a_rule("together", 101, 102, name="t"), a_rule("separate", 102, 103, name="s"), guests=GUESTS[:3]
    )
    placement = problem.placement()
    assert problem.violations(placement, "a") == ()
    assert problem.joint_targets(placement, (101, 102)) == {"c", "d", "e"}
    assert problem.targets(placement, 103) == {"c", "d", "e"}


def test_a_bundle_goes_to_one_node_and_to_no_two():
    problem = a_problem(a_rule("together", 101, 102))
    placement = problem.placement()
    assert problem.joint_refusal(placement, (a_move("101 a->d"), a_move("102 a->d"))) is None
    assert problem.joint_refusal(placement, (a_move("101 a->d"), a_move("102 a->e"))).constraint == "together"
    assert placement.arriving == {}


@pytest.mark.parametrize(
    ("is_ha", "expected"), [(False, ["c", "a", "b"]), (True, ["a", "b", "c"])], ids=["ours", "Proxmox's"]
)
def test_where_a_bundle_joins(is_ha, expected):
    """Proxmox counts members, we count the memory to send; guests that do not run have none."""
    guests = ["101 a 1c/10G", "102 a 1c/10G", "103 b 1c/10G", "104 c 1c/50G"]
    guests += [a_guest(105, "b", demand="0c/90G", status="stopped")]
    placement = a_problem(guests=guests).placement()
    bundle = Bundle(vmids=(101, 102, 103, 104, 105), source="rule r", is_ha=is_ha)
    assert sorted("abc", key=lambda node: join_rank(placement, bundle, node)) == expected


def test_a_bundle_is_not_balanced_to_where_its_guests_fit_only_one_by_one():
    """Each of the two has room on b, both have not; on c there is room for both, though it is not the emptiest."""
    nodes = {"a": "32c/200G", "b": "32c/50G", "c": "32c/200G"}
    guests = ["101 a 1c/25G", "102 a 1c/25G", "103 a 1c/60G", "201 c 1c/40G"]
    rules = (a_rule("together", 101, 102), a_rule("pin", 103, 201, name="stay"))
    plan = make_plan(a_cluster(nodes, guests), Policy(rules=rules, explain=(101,)))
    assert [str(planned.move) for planned in plan.moves] == ["101 a->c", "102 a->c"]
    assert [(answer.target, answer.constraint) for answer in plan.answers] == [("b", "memory_capacity"), ("c", None)]

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is done without asking, and what is recommended (drs-model 6.13)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.diff import placement_diff
from ansible_collections.pve.drs.plugins.module_utils.core.division import divide
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, Hold
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import AUTOMATION_LEVELS, GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.report import plan_report
from ansible_collections.pve.drs.plugins.module_utils.core.text import text_report
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.strategies import clusters, policies
from ansible_collections.pve.drs.tests.unit.judge import complaints

NODES = dict.fromkeys("abc", "8c/100G")
UNEVEN = ["101 a 1c/20G", "102 a 1c/20G", "103 a 1c/20G"]
CLUSTER = a_cluster(NODES, UNEVEN, name="lab")


def by_hand(*vmids, level="manual"):
    return Rule(name="ask", type="automation", level=level, guests=GuestSelector(vmids=frozenset(vmids)))


def recommended(plan):
    return [str(planned.move) for found in plan.recommended for planned in found.moves]


def applied(plan):
    return [str(planned.move) for planned in plan.moves]


def test_nothing_is_done_by_hand_without_asking():
    free, plan = make_plan(CLUSTER, Policy()), make_plan(CLUSTER, Policy(automation="manual"))
    assert (applied(plan), recommended(plan)) == ([], applied(free))
    assert plan.after == plan.before
    assert plan.after_recommended == free.after
    assert plan.notices == ("2 move(s) are recommended and not carried out",)
    assert {found.why for found in plan.recommended} == {"automation is manual, as for all guests"}


def test_one_guest_waits_and_the_others_go():
    plan = make_plan(CLUSTER, Policy(rules=(by_hand(101),)))
    assert (applied(plan), recommended(plan)) == (["102 a->c"], ["101 a->b"])
    assert plan.recommended[0].why == "automation is manual, as rule ask says"


@pytest.mark.parametrize(
    ("level", "mandatory", "does"),
    [
        ("partial", "recommend", False),
        ("partial", "apply", True),
        ("manual", "apply", False),
        ("full", "recommend", True),
    ],
)
def test_what_a_level_does_of_what_is_mandatory(level, mandatory, does):
    nodes = {"a": {"capacity": "8c/100G", "hastate": "maintenance"}, "b": "8c/100G"}
    cluster = a_cluster(nodes, ["101 a 1c/20G"])
    plan = make_plan(cluster, Policy(automation=level, partial_mandatory=mandatory))
    assert (applied(plan), recommended(plan)) == ((["101 a->b"], []) if does else ([], ["101 a->b"]))


def test_partial_leaves_the_load_as_it_is():
    assert applied(make_plan(CLUSTER, Policy(automation="partial", partial_mandatory="apply"))) == []


def test_guests_that_move_together_do_so_as_the_most_restrictive_says():
    pair = Rule(name="pair", type="together", guests=GuestSelector(vmids=frozenset({101, 102})))
    cluster = a_cluster(NODES, ["101 a 1c/10G", "102 a 1c/10G", "103 a 1c/25G"])
    plan = make_plan(cluster, Policy(rules=(pair, by_hand(102)), balanciness=0.0))
    assert {"101 a->b", "102 a->b"} <= set(recommended(plan)) or {"101 a->c", "102 a->c"} <= set(recommended(plan))
    assert [len(found.moves) for found in plan.recommended] == [2]


def proposal(*moves, category="improvement"):
    return Proposal(moves=tuple(Move(*move) for move in moves), category=category, reason="because")


def division_of(cluster, proposals, *rules, **options):
    found = divide(make_problem(cluster, Policy(rules=(by_hand(101), *rules), **options)), proposals)
    return [str(p.moves[0]) for p in found.applied], {str(p.moves[0]): why for p, why in found.held}


@pytest.mark.parametrize(
    "held",
    [(101, "b", "c"), (101, "c", "a")],
    ids=["leaves its target", "comes to its source"],
)
def test_a_move_waits_for_one_that_gives_it_sense(held):
    cluster = a_cluster(NODES, [f"101 {held[1]} 1c/10G", "102 a 1c/10G"])
    done, waits = division_of(cluster, [proposal(held), proposal((102, "a", "b"))])
    assert done == []
    assert "makes sense only with 101" in waits["102 a->b"]


def test_what_waits_holds_back_what_needs_it_in_turn():
    cluster = a_cluster(NODES, ["101 c 1c/10G", "102 b 1c/10G", "103 a 1c/10G"])
    done, waits = division_of(
        cluster, [proposal((101, "c", "a")), proposal((102, "b", "c")), proposal((103, "a", "b"))]
    )
    assert (done, set(waits)) == ([], {"101 c->a", "102 b->c", "103 a->b"})


def test_guests_of_one_should_rule_wait_for_each_other():
    wish = Rule(name="near", type="together", strength="should", guests=GuestSelector(vmids=frozenset({101, 102})))
    cluster = a_cluster(NODES, ["101 a 1c/10G", "102 b 1c/10G"])
    assert division_of(cluster, [proposal((101, "a", "c")), proposal((102, "b", "c"))], wish)[0] == []


def test_a_move_that_is_not_allowed_alone_waits():
    """101 makes room at its own node only for the rule: without it, 102 would be the third one on c."""
    apart = Rule(name="few", type="max_guests", count=1, nodes=("c",))
    cluster = a_cluster(NODES, ["101 a 1c/10G", "102 a 1c/10G", "103 c 1c/5G"])
    done, waits = division_of(cluster, [proposal((101, "a", "b")), proposal((102, "a", "c"))], apart)
    assert done == []
    assert waits["102 a->c"].startswith("it is not allowed without the moves that are not carried out: ")


def test_moves_change_their_order_where_only_that_is_allowed():
    few = Rule(name="few", type="max_guests", count=1, nodes=("c",))
    cluster = a_cluster(NODES, ["101 a 1c/10G", "102 a 1c/10G", "103 c 1c/5G"])
    moves = [proposal((101, "a", "b")), proposal((102, "a", "c")), proposal((103, "c", "b"))]
    assert division_of(cluster, moves, few)[0] == ["103 c->b", "102 a->c"]


def test_a_guest_that_moves_twice_arrives_before_it_leaves_again():
    cluster = a_cluster(NODES, ["101 a 1c/10G", "102 a 1c/10G"])
    moves = [proposal((102, "b", "c")), proposal((102, "a", "b")), proposal((101, "a", "c"))]
    assert division_of(cluster, moves)[0] == ["102 a->b", "102 b->c"]
    assert division_of(cluster, moves[::2])[1]["102 b->c"] == "the moves before it are not carried out"


def test_what_is_approved_is_done():
    asked = make_plan(CLUSTER, Policy(automation="manual"))
    first, second = (found.id for found in asked.recommended)
    plan = make_plan(CLUSTER, Policy(automation="manual", approved=(first, "0" * 12)))
    assert applied(plan) == ["101 a->b"]
    assert [found.id for found in plan.recommended] == [second]
    assert plan.notices[-1] == "approved 000000000000 is not recommended any more"


def test_the_id_tells_the_same_moves_for_the_same_purpose_again():
    proposals = [proposal((101, "a", "b")), proposal((101, "a", "b"), category=MANDATORY), proposal((101, "a", "c"))]
    policy = Policy(automation="manual")
    ids = {
        make_plan(cluster, policy).recommended[0].id for cluster in (CLUSTER, a_cluster(NODES, UNEVEN[:2], name="lab"))
    }
    assert len(ids) == 1
    assert len(set(map(str, proposals))) == len(proposals)
    assert make_plan(replace(CLUSTER, name="other"), policy).recommended[0].id not in ids


@pytest.mark.parametrize(("rules", "counts"), [((), 3), ((by_hand(101),), None)], ids=["none applied", "some applied"])
def test_reasons_that_are_only_answered_with_words_do_not_begin_anew(rules, counts):
    waits = {"balanciness": Hold(count=2, time=1000.0)}
    cluster = replace(CLUSTER, history=History(now=1100.0, holds=waits))
    plan = make_plan(cluster, Policy(hold=3, automation="full" if rules else "manual", rules=rules))
    assert plan.recommended
    assert plan.holds.get("balanciness", Hold(count=None, time=0.0)).count == counts


def test_reports_tell_what_is_recommended_from_what_is_done():
    plan = make_plan(CLUSTER, Policy(rules=(by_hand(101),)))
    report = plan_report(plan, CLUSTER)
    [found] = report["recommended"]
    assert (report["move_count"], found["moves"][0]["vmid"], found["valid_seconds"]) == (1, 101, 900)
    assert found["id"] == plan.recommended[0].id
    assert report["after_recommended"]["imbalance"]["delta_percent"] == 0.0
    diff = placement_diff(plan, CLUSTER, None)
    assert diff["before"] == "102: a\n101: a\n"
    assert diff["after"] == "102: c\n101: a (b is recommended)\n"


def test_a_plan_that_is_recommended_in_part_as_text(golden):
    guests = [a_guest(101, demand="1c/20G", name="web", tags=("drs-manual",)), *UNEVEN[1:]]
    cluster = a_cluster(NODES, guests, name="lab")
    golden("recommended", text_report(make_plan(cluster, Policy()), cluster))


@given(
    clusters(least_nodes=2),
    policies(),
    st.frozensets(st.integers(101, 114), min_size=1, max_size=5),
    st.sampled_from(AUTOMATION_LEVELS),
)
def test_what_is_left_of_a_plan_pleases_the_judge(cluster, policy, vmids, level):
    free = make_plan(cluster, policy)
    policy = replace(policy, rules=(*policy.rules, by_hand(*vmids, level=level)), partial_mandatory="apply")
    plan = make_plan(cluster, policy)
    assert complaints(cluster, policy, plan) == []
    assert sorted((*applied(plan), *recommended(plan))) == sorted(applied(free))
    if level == "manual":
        assert vmids.isdisjoint(planned.move.vmid for planned in plan.moves)

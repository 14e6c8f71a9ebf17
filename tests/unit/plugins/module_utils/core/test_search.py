# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Plans are complete, and nothing in them is needless (drs-model 6.3, 9.1)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.goals import evenness, mended, wishes_kept
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.schedule import can_be_ordered
from ansible_collections.pve.drs.plugins.module_utils.core.search import placed, search
from ansible_collections.pve.drs.tests.builders import moved
from ansible_collections.pve.drs.tests.strategies import clusters, policies
from ansible_collections.pve.drs.tests.unit.judge import complaints
from ansible_collections.pve.drs.tests.unit.ledger import Case, end_of, objective, start_of

FEW = settings(max_examples=60)


@FEW
@given(clusters(plain=True, least_nodes=2), policies(max_moves=99))
def test_whoever_plans_again_where_a_plan_ends_finds_nothing(cluster, policy):
    plan = make_plan(cluster, policy)
    assert make_plan(moved(cluster, plan), policy).moves == ()


@FEW
@given(clusters(least_nodes=3), policies(max_moves=99))
def test_a_plan_is_better_than_none_or_empty(cluster, policy):
    plan = make_plan(cluster, policy)
    case = Case(cluster, policy, plan)
    assert not plan.moves or objective(case, end_of(case)) < objective(case, start_of(cluster, policy))


@FEW
@given(clusters(plain=True, least_nodes=2), policies())
def test_no_move_can_be_left_out(cluster, policy):
    """Without it some goal is missed, or there is no order for the others."""
    problem = make_problem(cluster, policy)
    found = search(problem)
    for left in found:
        rest = tuple(proposal for proposal in found if proposal is not left)
        if can_be_ordered(problem, rest):
            assert not _is_as_good(problem, placed(problem, rest), placed(problem, found)), left


def _is_as_good(problem, one, other):
    goals = [(goal(problem, one), goal(problem, other)) for goal in (mended, wishes_kept, evenness)]
    start = problem.placement()
    is_better = any(goal(problem, one) != goal(problem, start) for goal in (mended, wishes_kept, evenness))
    return is_better and all(a <= b for one_goal, best in goals for a, b in zip(one_goal, best, strict=True))


@FEW
@given(clusters(least_nodes=2), policies(), st.integers(0, 12))
def test_a_plan_that_was_cut_short_is_a_plan(cluster, policy, questions):
    """However early the time is up, what was found so far is right, and the plan says so."""
    asked = iter(range(questions))
    plan = make_plan(cluster, policy, lambda: next(asked, None) is None)
    assert complaints(cluster, policy, plan) == []
    assert next(asked, None) is None or not any("ended early" in notice for notice in plan.notices)

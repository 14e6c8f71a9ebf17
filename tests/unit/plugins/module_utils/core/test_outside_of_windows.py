# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a plan is worth at an hour when not everything may be moved, and what stays a recommendation."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.division import divide
from ansible_collections.pve.drs.plugins.module_utils.core.hours import OUTSIDE
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, Hold
from ansible_collections.pve.drs.plugins.module_utils.core.model.hours import Hours, Span
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.report import plan_report
from ansible_collections.pve.drs.plugins.module_utils.core.text import text_report
from ansible_collections.pve.drs.tests.builders import a_cluster

NOON = datetime(2026, 3, 30, 12, tzinfo=UTC).timestamp()
NIGHT = datetime(2026, 3, 30, 23, tzinfo=UTC).timestamp()
WINDOW = Hours(windows=(Span(begin=22 * 60, end=30 * 60),))
NODES = dict.fromkeys("abc", "8c/100G")
UNEVEN = ["101 a 1c/20G", "102 a 1c/20G", "103 a 1c/20G"]
REASON = "only what has to be mended is moved until Mon 2026-03-30 22:00 UTC: outside of window daily 22:00-06:00"


def a_policy(outside="mandatory", **facts):
    return Policy(hours=WINDOW, outside_windows=OUTSIDE[outside][0], **facts)


def applied(plan):
    return [str(planned.move) for planned in plan.moves]


def recommended(plan):
    return [str(planned.move) for found in plan.recommended for planned in found.moves]


def test_outside_of_a_window_even_loads_are_a_recommendation():
    free = make_plan(a_cluster(NODES, UNEVEN, seen_at=NIGHT), a_policy())
    plan = make_plan(a_cluster(NODES, UNEVEN, seen_at=NOON), a_policy())
    assert applied(free)
    assert (applied(plan), recommended(plan)) == ([], applied(free))
    assert {found.why for found in plan.recommended} == {"outside of window daily 22:00-06:00"}
    assert plan.notices == (REASON, "2 move(s) are recommended and not carried out")


def test_consent_does_not_open_a_window():
    cluster = a_cluster(NODES, UNEVEN, seen_at=NOON)
    ids = tuple(found.id for found in make_plan(cluster, a_policy()).recommended)
    plan = make_plan(cluster, a_policy(approved=ids))
    assert (applied(plan), len(recommended(plan))) == ([], 2)
    assert applied(make_plan(replace(cluster, seen_at=NIGHT), a_policy(automation="manual", approved=ids)))


@pytest.mark.parametrize(
    ("outside", "moved"), [("nothing", set()), ("mandatory", {"101"}), ("contention", {"101", "201"})]
)
def test_what_is_moved_all_the_same(outside, moved):
    """101 has to leave a node in maintenance, a guest has to leave c, which is too full, and d is empty."""
    nodes = NODES | {"a": {"capacity": "8c/100G", "hastate": "maintenance"}, "d": "8c/100G"}
    guests = ["101 a 1c/1G", "201 c 1c/46G", "202 c 1c/46G", "301 b 1c/30G", "302 b 1c/30G"]
    plan = make_plan(a_cluster(nodes, guests, seen_at=NOON), a_policy(outside))
    categories = {planned.category for planned in plan.moves}
    assert categories == OUTSIDE[outside][0]
    assert {str(planned.move.vmid) for planned in plan.moves} == moved


def test_reasons_go_on_being_counted_while_nothing_may_be_done():
    cluster = a_cluster(
        NODES, UNEVEN, seen_at=NOON, history=History(now=1100.0, holds={"balanciness": Hold(count=2, time=1000.0)})
    )
    assert make_plan(cluster, a_policy(hold=3)).holds["balanciness"].count == 3
    assert "balanciness" not in make_plan(replace(cluster, seen_at=NIGHT), a_policy(hold=3)).holds


def test_what_has_to_be_needs_nothing_that_only_evens_out():
    guests = ["101 a 1c/10G", "102 b 1c/20G"]
    problem = make_problem(a_cluster(NODES, guests, seen_at=NOON), a_policy())
    mend = Proposal(moves=(Move(101, "a", "b"),), category="mandatory", reason="has to")
    even = Proposal(moves=(Move(102, "b", "c"),), category="improvement", reason="should")
    found = divide(problem, [even, mend])
    assert (found.applied, [proposal for proposal, _why in found.held]) == ((mend,), [even])


def test_reports_tell_when_it_opens(golden):
    cluster = a_cluster(NODES, UNEVEN, name="lab", seen_at=NOON)
    plan = make_plan(cluster, a_policy())
    assert plan_report(plan, cluster)["hours"]["until"] == "2026-03-30T22:00:00+00:00"
    assert plan_report(plan, cluster)["settings"]["windows"] == ["daily 22:00-06:00"]
    golden("outside_of_a_window", text_report(plan, cluster))


def test_only_guests_that_are_off_move_without_asking():
    rule = Rule(name="home", type="run_on", guests=GuestSelector(vmids=frozenset({101, 102})), nodes=("b",))
    guests = ["101 a 1c/20G", {"vmid": 102, "node": "a", "demand": "1c/20G", "status": "stopped"}]
    policy = Policy(rules=(rule,), rules_scope="all", triggers=(), moves_running=False)
    plan = make_plan(a_cluster(NODES, guests), policy)
    assert (applied(plan), recommended(plan)) == (["102 a->b"], ["101 a->b"])


def test_guests_that_run_are_only_recommended_to_move():
    cluster = a_cluster(NODES, UNEVEN)
    plan = make_plan(cluster, Policy(moves_running=False))
    assert (applied(plan), recommended(plan)) == ([], applied(make_plan(cluster, Policy())))
    assert plan.recommended[0].why == "guest 101 runs, and such guests are not moved without asking (move_running)"
    approved = tuple(found.id for found in plan.recommended)
    assert applied(make_plan(cluster, Policy(moves_running=False, approved=approved))) == recommended(plan)

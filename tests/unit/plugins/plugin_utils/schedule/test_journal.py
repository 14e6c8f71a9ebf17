# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What the journal gets to read of scheduled runs."""

import pytest

from ansible_collections.pve.drs.plugins.plugin_utils.schedule.journal import failure_line, run_lines

PLAN = {
    "cluster": "demo",
    "move_count": 0,
    "recommended": [],
    "before": {"highest_load_percent": 44.71, "loads": [{}, {}]},
}
REPORT = "pve.drs: cluster demo\nWhy act"


def test_where_nothing_is_to_be_done_there_is_one_line():
    lines = run_lines("localhost", {"plan": PLAN, "outcome": None, "report": REPORT})
    assert lines == ["demo: nothing to do, the highest load of 2 nodes is 44.7 %"]


def test_what_was_done_is_told_in_full():
    outcome = {"counts": {"done": 2, "failed": 1, "skipped": 0, "running": 0}}
    lines = run_lines("localhost", {"plan": PLAN | {"move_count": 3}, "outcome": outcome, "report": REPORT})
    assert lines == ["pve.drs: cluster demo", "Why act", "demo: 2 done, 1 failed"]


def test_what_is_planned_or_recommended_is_told_in_full():
    lines = run_lines("east", {"plan": PLAN | {"cluster": "", "recommended": [{}]}, "outcome": None, "report": REPORT})
    assert lines[-1] == "east: 0 moves planned, 1 recommended"


def test_reasons_about_which_nothing_is_done_are_named():
    """In one line all the same."""
    triggers = [{"name": "memory_capacity"}, {"name": "memory_capacity"}, {"name": "balanciness"}]
    plan = PLAN | {"before": PLAN["before"] | {"triggers": triggers}}
    assert run_lines("localhost", {"plan": plan, "outcome": None, "report": REPORT}) == [
        "demo: nothing is done about memory_capacity, balanciness, the highest load of 2 nodes is 44.7 %"
    ]


@pytest.mark.parametrize(
    ("until", "words"),
    [("2026-03-30T22:00:00+02:00", "until 2026-03-30T22:00:00+02:00"), (None, "until further notice")],
)
def test_what_only_waits_for_another_hour_is_one_line(until, words):
    hours = {"is_open": False, "reason": "blackout freeze", "until": until}
    triggers = {"before": {"triggers": [{"name": "balanciness"}]}}
    run = {"plan": PLAN | triggers | {"recommended": [{}], "hours": hours}, "outcome": None, "report": REPORT}
    assert run_lines("localhost", run) == [f"demo: nothing is done about balanciness {words} (blackout freeze)"]
    run["plan"] |= {"hours": hours | {"is_open": True}}
    assert run_lines("localhost", run)[-1] == "demo: 0 moves planned, 1 recommended"


def test_a_run_that_leaves_it_to_another_node_says_so():
    notice = "pve1 is the leader, not pve2: nothing was decided or done here"
    assert run_lines("localhost", {"plan": None, "report": f"{notice}\n"}) == [f"localhost: {notice}"]


def test_a_plan_without_figures_needs_none():
    assert run_lines("east", {"plan": {"move_count": 0}, "report": REPORT}) == ["east: nothing to do"]


def test_a_failure_names_its_task():
    assert failure_line("east", "Balance the cluster", {"msg": "no quorum"}) == "east: Balance the cluster: no quorum"
    assert failure_line("east", "Balance the cluster", {}).endswith("failed without a message")

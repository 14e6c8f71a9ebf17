# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Moves are told with what became of them, also where that was something else than planned."""

from ansible_collections.pve.drs.plugins.plugin_utils.report.moves import move_rows, told_moves


def a_move(vmid, target, **facts):
    return {"vmid": vmid, "source": "a", "target": target, **facts}


def a_plan(*moves):
    return {"steps": [{"moves": [move]} for move in moves]}


PLAN = a_plan(a_move(101, "b"), a_move(102, "c"))


def rows(outcome):
    return move_rows(told_moves(PLAN, outcome)).shown


def test_a_guest_that_went_to_another_node_is_told_there():
    ended = [
        a_move(101, "b", status="done", node="d", reason="moved to d, after b had failed: no space left"),
        a_move(102, "c", status="done", node="c", reason="moved to c"),
    ]
    first, second = rows({"moves": ended})
    assert (first.status, first.result) == ("done", "is on d: moved to d, after b had failed: no space left")
    assert (second.status, second.result) == ("done", "")


def test_moves_of_a_plan_that_took_the_place_of_the_first_come_after_its_own():
    """The same move may be in both: each has its own end."""
    ended = [
        a_move(101, "b", status="done", node="b", reason="moved to b"),
        a_move(102, "c", status="skipped", node="a", reason="it is locked (backup)"),
        a_move(102, "c", status="done", node="c", reason="moved to c"),
    ]
    found = rows({"moves": ended, "later_plans": [a_plan(a_move(102, "c"))]})
    assert [(row.step, row.status) for row in found] == [(1, "done"), (2, "skipped"), (3, "done")]


def test_what_is_only_planned_has_no_result():
    assert [(row.status, row.result) for row in rows({})] == [("planned", "")] * 2

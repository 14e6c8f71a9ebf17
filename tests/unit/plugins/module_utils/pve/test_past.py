# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Where guests came from, by the list of ended tasks."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.history import PastMove
from ansible_collections.pve.drs.plugins.module_utils.pve.past import past_moves


def a_task(ended, vmid=101, node="a", **changes):
    return {
        "type": "qmigrate",
        "id": str(vmid),
        "node": node,
        "starttime": 1,
        "endtime": ended,
        "status": "OK",
    } | changes


def moved(ended, source, target, vmid=101):
    return PastMove(ended=float(ended), vmid=vmid, source=source, target=target)


CASES = {
    "one move": ([a_task(100)], "b", [moved(100, "a", "b")]),
    "there and back": ([a_task(100), a_task(200, node="b")], "a", [moved(100, "a", "b"), moved(200, "b", "a")]),
    "in any order": ([a_task(200, node="b"), a_task(100)], "c", [moved(100, "a", "b"), moved(200, "b", "c")]),
    "listed twice": ([a_task(100), a_task(100)], "b", [moved(100, "a", "b")]),
    "failed and stayed": ([a_task(100, status="migration aborted")], "a", []),
    "failed and moved": ([a_task(100, status="migration problems")], "b", [moved(100, "a", "b")]),
    "failed, then done": ([a_task(100, status="x"), a_task(200)], "b", [moved(200, "a", "b")]),
    "a container": ([a_task(100, type="vzmigrate")], "b", [moved(100, "a", "b")]),
    "only asked for": ([a_task(100, type="hamigrate")], "b", []),
    "a backup": ([a_task(100, type="vzdump")], "b", []),
    "under way": ([a_task(None)], "b", []),
    "too long ago": ([a_task(49)], "b", []),
    "the guest is gone": ([a_task(100, vmid=999)], "b", []),
    "numbers as texts": ([a_task("100")], "b", [moved(100, "a", "b")]),
}


@pytest.mark.parametrize(("tasks", "place", "expected"), CASES.values(), ids=CASES.keys())
def test_moves_of_a_guest(tasks, place, expected):
    assert list(past_moves(tasks, {101: place}, since=50)) == expected


def test_moves_come_in_the_order_of_time():
    tasks = [a_task(300, vmid=1), a_task(100, vmid=3), a_task(200, vmid=2)]
    assert [move.vmid for move in past_moves(tasks, dict.fromkeys((1, 2, 3), "b"), since=0)] == [3, 2, 1]

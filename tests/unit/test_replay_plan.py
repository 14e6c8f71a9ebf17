# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The adapter for replays of recorded load: what it sees, what it keeps, and that rules hold."""

from __future__ import annotations

from typing import Any

from benchmarks.replay_plan import plan


def a_replay(cores: float = 10.0, samples: int = 1, **facts: Any) -> dict[str, Any]:
    """Two nodes of which one has three guests, and the other none."""
    guest = {
        "node": 0,
        "cpu": 3.5,
        "mem": 4.0,
        "vcpus": 4.0,
        "maxmem": 8.0,
        "movable": True,
        "anti": -1,
        "nodes": [0, 1],
    }
    guests = [guest | {"id": number, "cpu_history": [3.5] * samples} | facts for number in range(3)]
    nodes = [{"id": number, "cores": cores, "mem": 100.0, "pressure": 0.05 * (number == 0)} for number in range(2)]
    return {"nodes": nodes, "guests": guests, "bandwidth": 1.0}


def test_a_guest_leaves_the_node_that_is_short() -> None:
    assert plan(a_replay()) == [(0, 1)]


def test_nothing_moves_where_there_is_room() -> None:
    assert plan(a_replay(cores=30.0)) == []


def test_guests_that_are_bound_or_under_way_stay() -> None:
    assert plan(a_replay(nodes=[0])) == []
    assert plan(a_replay(movable=False)) == []


def test_guests_of_a_group_stay_apart() -> None:
    """All three are on one node: what is broken is mended as far as two nodes allow."""
    assert len({target for _guest, target in plan(a_replay(anti=7))}) <= 1


def test_a_guest_that_has_just_arrived_stays_and_a_new_replay_knows_nothing_of_it() -> None:
    given = a_replay()
    assert plan(given) == [(0, 1)]
    later = a_replay(samples=2)
    later["guests"][0]["node"] = 1
    later["nodes"][0]["pressure"] = 0.0
    assert plan(later) == []
    assert plan(given) == [(0, 1)]

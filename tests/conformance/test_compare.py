# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The judge of recorded answers notices what it must notice."""

from __future__ import annotations

import copy

import pytest

from tests.conformance.compare import differences, log_differences

RECORDED = {
    "data": [
        {"id": "node/pve1", "node": "pve1", "status": "online", "cpu": 0.72, "uptime": 2897, "level": ""},
        {"id": "node/pve2", "node": "pve2", "status": "online", "cpu": 0, "uptime": 2897, "level": ""},
        "... 3 in all",
    ]
}


def answer():
    rows = copy.deepcopy(RECORDED["data"][:2])
    return {"data": [{"id": "node/pve3", "node": "pve3"}, *reversed(rows)]}


def test_order_and_figures_are_chance():
    mine = answer()
    mine["data"][1]["cpu"] = 0.5
    assert list(differences(RECORDED, mine)) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda rows: rows[1].pop("level"), "lacks level"),
        (lambda rows: rows[1].update(extra=1), "has extra in addition"),
        (lambda rows: rows[1].update(cpu="0.5"), "number expected, got string"),
        (lambda rows: rows[1].update(cpu=None), "number expected, got null"),
        (lambda rows: rows[1].update(status="offline"), "'online' expected, got 'offline'"),
        (lambda rows: rows.pop(0), "3 entries expected, got 2"),
        (lambda rows: rows[1].update(id="node/x"), "[node/pve2]: missing"),
    ],
    ids=["lacking", "surplus", "type", "null", "value", "length", "row"],
)
def test_differences_are_found(change, text):
    mine = answer()
    change(mine["data"])
    assert any(text in found for found in differences(RECORDED, mine))


def test_booleans_are_no_numbers():
    assert list(differences({"quorate": 1}, {"quorate": True})) == [".quorate: number expected, got boolean"]


def test_a_log_must_hold_every_line_apart_from_times():
    recorded = [{"n": 1, "t": "2026-11-20 16:04:02 starting migration of VM 121 to node 'pve1' (10.99.0.11)"}]
    other_time = [{"n": 9, "t": "2026-01-01 00:00:00 starting migration of VM 121 to node 'pve1' (10.99.0.11)"}]
    other_guest = [{"n": 1, "t": "2026-11-20 16:04:02 starting migration of VM 122 to node 'pve1' (10.99.0.11)"}]
    assert list(log_differences(recorded, other_time)) == []
    assert len(list(log_differences(recorded, other_guest))) == 1

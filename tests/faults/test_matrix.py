# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Every row of the fault matrix: all guests accounted for where they are, no rule broken, exit and message as documented."""

import dataclasses
from collections import Counter

import pytest

from ansible_collections.pve.drs.tests.faults.guardian import Guardian
from ansible_collections.pve.drs.tests.faults.play import play
from ansible_collections.pve.drs.tests.faults.rows import all_rows
from ansible_collections.pve.drs.tests.faults.table import TOPICS, markdown, told
from ansible_collections.pve.drs.tests.unit.simulated import TOKEN, scene, uneven
from simulator.world.events import act
from simulator.world.migration import Where
from simulator.world.move import MigrateRequest
from simulator.world.tasks import Caller

ROWS = all_rows()
LEAST_ROWS = 40
MOMENTS = {
    "before the listing",
    "between the plan and the start",
    "at the precheck",
    "at the request",
    "at its start",
    "while it runs, early",
    "while it runs, late",
    "while it runs, after its guest has gone over",
    "after its end, before it is verified",
    "between two steps",
    "while figures settle",
}


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_a_row(row):
    assert play(row).complaints == ()


def test_the_matrix_has_all_moments_and_many_rows():
    assert len(ROWS) >= LEAST_ROWS
    assert {row.moment for row in ROWS} == MOMENTS
    assert {row.topic for row in ROWS} <= set(TOPICS)


def test_no_row_is_there_twice():
    names = Counter(row.name for row in ROWS)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"exit": "ok"}, "exit ok was expected"),
        ({"message": "all is well"}, "the message should say"),
        ({"moves": {101: "done", 102: "done"}}, "the moves should end"),
        ({"requests": 7}, "7 migrations should be asked for"),
        ({"unseen": (101,)}, "guest 101 is on a, and the account says a"),
    ],
)
def test_what_is_wrong_is_seen(changes, complaint):
    row = next(row for row in ROWS if row.name == "tasks: a migration fails, while it runs, early")
    found = play(dataclasses.replace(row, **changes))
    assert any(complaint in text for text in found.complaints), found.complaints


@pytest.mark.parametrize(
    ("rule", "before", "complaint"),
    [
        (None, {}, None),
        (("separate", [101, 201]), {}, "101 was sent to b, where [201] is or is going to"),
        (
            ("separate", [101, 102]),
            {"steal": {"vmid": 102, "target": "b"}},
            "101 was sent to b, where [102] is or is going to",
        ),
        (("run_on", [101], ["c"]), {}, "101 was sent to b against a rule"),
        (("not_run_on", [101], ["b"]), {}, "101 was sent to b against a rule"),
        (
            None,
            {"set_load": {"vmid": 201, "cpu": 1, "memory": "52G"}},
            "101 was sent to b, which then needs 64.0 of 63.0 GiB",
        ),
    ],
)
def test_the_guardian_sees_what_must_not_be_asked_for(rule, before, complaint):
    rules = ({"type": rule[0], "guests": rule[1], "nodes": [*rule[2:], []][0]},) if rule else ()
    with scene(uneven()) as found:
        guardian = Guardian(found, dataclasses.replace(ROWS[0], rules=rules))
        for action, arguments in before.items():
            act(found.world, action, arguments)
        found.world.clock.advance(3)
        found.world.migrate(Where("a", "qemu", 101), MigrateRequest("b", online=True), Caller(*TOKEN.split("!")))
    assert guardian.complaints == ([complaint] if complaint else [])


@pytest.mark.golden
def test_the_page_is_up_to_date(root, request):
    page = root / "docs" / "reference" / "faults.md"
    if request.config.getoption("--rewrite-golden"):
        page.write_text(markdown(ROWS), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == markdown(ROWS), "run `make golden`, review the diff"


def test_the_table_names_what_is_wrong():
    row = ROWS[0]
    assert told(row, ()).splitlines()[0].endswith(row.exit)
    assert told(row, ["it lies"]).splitlines()[-1] == "    ! it lies"

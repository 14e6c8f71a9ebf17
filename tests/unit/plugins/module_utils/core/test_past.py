# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What earlier runs did, the newest first, and no more of it than anybody reads."""

from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.record import MoveRecord, Record, RunRecord
from ansible_collections.pve.drs.plugins.module_utils.core.past import MOST, last_migrations, last_runs, past_lines

# 2001-09-09 01:46:40 UTC
NOW = 1_000_000_000.0
MOVE = MoveRecord(
    run="r1",
    number=1,
    vmid=101,
    name="db",
    source="a",
    target="b",
    mode="live",
    category="improvement",
    reason="evens out",
    source_before=0.9,
    source_after=0.61234,
    status="done",
    end_reason="moved to b",
    began=NOW,
    seconds=12.34,
)
RUN = RunRecord(
    run="r1",
    cluster="lab",
    command="drs_balance",
    owner="pve1",
    began=NOW,
    policy="balance",
    method="memory",
    fingerprint="f00",
    triggers=("balanciness: apart",),
    planned=1,
)
HISTORY = History(record=Record(runs=(RUN,) * 20, moves=(MOVE,) * 20))


def test_a_migration_is_told_with_the_loads_of_both_ends_where_they_are_known():
    told = last_migrations(HISTORY)
    assert len(told) == MOST
    assert (told[0]["source_before_percent"], told[0]["source_after_percent"]) == (90.0, 61.23)
    assert (told[0]["target_before_percent"], told[0]["target_after_percent"]) == (None, None)
    assert (told[0]["began"], told[0]["ended"], told[0]["seconds"]) == (NOW, NOW + 12.3, 12.3)


def test_one_that_was_never_started_has_no_end():
    never = replace(MOVE, began=None)
    assert last_migrations(History(record=Record(moves=(never,))))[0]["ended"] is None


def test_a_run_is_told_with_its_reasons():
    told = last_runs(HISTORY)
    assert len(told) == MOST
    assert (told[0]["triggers"], told[0]["result"], told[0]["ended"]) == (["balanciness: apart"], "open", None)


def test_people_get_a_line_for_each():
    lines = list(past_lines(HISTORY))
    assert lines == ["2001-09-09 01:46 UTC 101 (db) a -> b: done after 12 s"] * MOST
    nameless = History(record=Record(moves=(replace(MOVE, name="", began=None),)))
    assert list(past_lines(nameless)) == ["1970-01-01 00:00 UTC 101 a -> b: done after 12 s"]


def test_without_a_record_it_is_what_proxmox_tells():
    moves = tuple(PastMove(ended=NOW + number, vmid=number, source="a", target="b") for number in range(20))
    told = last_migrations(History(moves=moves))
    assert [past["vmid"] for past in told] == list(range(19, 9, -1))
    assert told[0] == {"vmid": 19, "source": "a", "target": "b", "status": "done", "ended": NOW + 19}
    assert last_runs(History(moves=moves)) == []

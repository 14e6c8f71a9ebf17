# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Tasks as listings and their ends show them."""

import json

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Backup
from ansible_collections.pve.drs.plugins.module_utils.pve.task_end import MOST_CHARACTERS, cause_in
from ansible_collections.pve.drs.plugins.module_utils.pve.tasks import (
    REAL_MIGRATIONS,
    is_request,
    is_success,
    is_upid,
    latest_migration,
    migrating,
    saving,
    working,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.watch_task import ending_of

OLD = {"upid": "UPID:a:1:1:1:qmigrate:100:u@pve:", "type": "qmigrate", "id": "100", "starttime": 5, "status": "OK"}
NEW = OLD | {"upid": "UPID:a:2:1:1:qmigrate:100:u@pve:", "starttime": "9"}
REQUEST = OLD | {"upid": "UPID:a:3:1:1:hamigrate:100:u@pve:", "type": "hamigrate", "starttime": 10}
BACKUP = OLD | {"upid": "UPID:a:4:1:1:vzdump:100:u@pve:", "type": "vzdump", "starttime": 11}


def test_the_newest_migration_that_was_not_there_before():
    tasks = [BACKUP, OLD, NEW, REQUEST]
    assert latest_migration(tasks, frozenset()) == REQUEST
    assert latest_migration(tasks, frozenset(), REAL_MIGRATIONS) == NEW
    assert latest_migration(tasks, frozenset({NEW["upid"], REQUEST["upid"]})) == OLD
    assert latest_migration([BACKUP], frozenset()) is None


RUNNING = {
    "running": ({}, [(7, "pve2", "UPID:pve2:1:1:1:qmigrate:7:root@pam:")]),
    "ended": ({"endtime": 9, "status": "OK"}, []),
    "something else": ({"type": "vzdump"}, []),
    "of no guest": ({"id": ""}, []),
}


@pytest.mark.parametrize(("changes", "expected"), RUNNING.values(), ids=RUNNING.keys())
def test_migrations_under_way(changes, expected):
    task = {"upid": "UPID:pve2:1:1:1:qmigrate:7:root@pam:", "type": "qmigrate", "id": "7", "node": "pve2"}
    assert list(migrating([task | changes])) == expected


def test_the_type_of_a_task_tells_who_moves_the_guest():
    assert is_request(REQUEST["upid"])
    assert not is_request(NEW["upid"])


@pytest.mark.parametrize("value", ["None", "", "UPID:x", "{}"])
def test_what_is_no_task(value):
    assert not is_upid(value)
    assert is_upid(OLD["upid"])


def test_warnings_are_a_success(shared):
    status = json.loads((shared / "data" / "captures" / "pve9.2-task-status-warnings-token.json").read_text())["data"]
    ending = ending_of(status["exitstatus"])
    assert ending.problem is None
    assert ending.warnings == ("its task ended with WARNINGS: 1",)


@pytest.mark.parametrize(
    "status", ["migration aborted", "migration problems", "unexpected status", "interrupted by signal"]
)
def test_everything_else_is_a_problem(status):
    assert not is_success(status)
    assert ending_of(status).problem == f"its task ended with: {status}"


def test_what_works_on_a_guest_holds_it():
    """Not a console, a migration (known by itself), a task that ended, nor one of a node or a storage."""
    kinds = {
        101: "vzdump", 102: "qmclone", 103: "hastop", 104: "resize", 105: "vncproxy", 106: "qmigrate", 107: "srvreload",
    }  # fmt: skip
    tasks = [{"id": str(vmid), "type": kind} for vmid, kind in kinds.items()]
    tasks += [{"id": "108", "type": "qmsnapshot", "endtime": 9, "status": "OK"}, {"id": "local", "type": "vzdump"}]
    assert working(tasks) == {101: "vzdump", 102: "qmclone", 103: "hastop", 104: "resize"}


ABORTED = "2026-03-01 10:00:07 ERROR: migration aborted (duration 00:00:06): "


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        ([], None),
        (["no content"], None),
        (["2026-03-01 10:00:01 starting migration", "TASK ERROR: migration aborted"], None),
        ([f"{ABORTED}no space left", "TASK ERROR: migration aborted"], "no space left"),
        (["2026-03-01 10:00:03 ERROR: disk is gone", f"{ABORTED}storage migration failed"], "storage migration failed"),
        (
            [
                "2026-03-01 10:00:03 ERROR: cannot clean up",
                "2026-03-01 10:00:04 ERROR: migration finished with problems (duration 00:00:04)",
                "TASK ERROR: migration problems",
            ],
            "cannot clean up",
        ),
        ([ABORTED + "x" * 1000], "x" * MOST_CHARACTERS + "..."),
    ],
)
def test_the_log_of_a_task_says_why_it_failed(lines, cause):
    assert cause_in(lines) == cause


def test_backups_of_one_guest_and_jobs_of_several():
    job = BACKUP | {"id": "", "node": "b", "status": "RUNNING"}
    single = BACKUP | {"id": "100", "node": "b", "status": "running"}
    ended, migration, nowhere = single | {"endtime": 12, "status": "OK"}, NEW | {"status": ""}, job | {"node": ""}
    found = saving([single, job, job, ended, migration, nowhere])
    assert found == (Backup(node="b"), Backup(node="b", vmid=100))

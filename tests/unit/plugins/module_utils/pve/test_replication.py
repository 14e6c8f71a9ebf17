# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Where a replicated guest may go while it runs."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Obstacle
from ansible_collections.pve.drs.plugins.module_utils.pve.replication import (
    may_be_replicated_live,
    replication_obstacle,
)
from ansible_collections.pve.drs.tests.builders import a_guest

TO_B = {"id": "101-0", "guest": "101", "target": "b"}
ONLY_B = "it is replicated to b only, and runs"
CASES = {
    "no job": ([TO_B | {"guest": 102}], Obstacle()),
    "one target": ([TO_B], Obstacle(by_node={"a": ONLY_B, "c": ONLY_B})),
    "a job that is off": ([TO_B | {"disable": 1}], Obstacle(by_node={"a": ONLY_B, "c": ONLY_B})),
    "two targets": (
        [TO_B, TO_B | {"id": "101-1", "target": "c"}],
        Obstacle(by_node={"a": "it is replicated to b, c only, and runs"}),
    ),
    "a job that ends": (
        [TO_B | {"remove_job": "full"}],
        Obstacle(anywhere="its replication job 101-0 is being removed"),
    ),
}


@pytest.mark.parametrize(("jobs", "expected"), CASES.values(), ids=CASES)
def test_jobs_say_where_a_guest_may_go(jobs, expected):
    assert replication_obstacle(jobs, a_guest(101), "abc") == expected


@pytest.mark.parametrize(
    ("facts", "expected"), [({}, True), ({"status": "stopped"}, False), ({"type": "lxc"}, False)], ids=str
)
def test_only_running_machines_are_bound(facts, expected):
    assert may_be_replicated_live(a_guest(101, **facts)) == expected

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Replication jobs: through the API, over time, and what they mean for a migration."""

import pytest

from simulator.world.calendar import is_known, next_after
from simulator.world.errors import WorldError

from .asking import ACCESS, Asking, Refused
from .worlds import a_world, move, until

JOBS = "/cluster/replication"
WORLD = f"""{ACCESS}
acl:
  - {{path: /, user: drs@pve, role: Administrator}}
  - {{path: /vms/102, user: op@pve, role: PVEAuditor}}
guests:
  - {{vmid: 101, node: pve1, disks: ["zfs:8G"], io: 1M}}
  - {{vmid: 102, node: pve1, disks: ["ceph:8G"]}}
replication: [{{guest: 101, target: pve2, comment: spare}}]
"""


def refusal(ask, verb, path, **params):
    with pytest.raises(Refused) as caught:
        ask(verb, path, **params)
    return caught.value.message


def test_jobs_are_listed_made_changed_and_removed():
    world = a_world(WORLD)
    ask = Asking(world)
    row = ask("GET", JOBS)[0]
    assert row == {"id": "101-0", "guest": 101, "jobnum": 0, "target": "pve2", "type": "local", "schedule": "*/15",
                   "source": "pve1", "comment": "spare"}  # fmt: skip
    ask("POST", JOBS, id="101-1", type="local", target="pve3", rate=10)
    digest = ask("GET", f"{JOBS}/101-1")["digest"]
    ask("PUT", f"{JOBS}/101-1", disable=1, digest=digest, delete="rate")
    assert ask("GET", f"{JOBS}/101-1")["disable"] == 1
    assert "changed by other user" in refusal(ask, "PUT", f"{JOBS}/101-1", comment="late", digest=digest)
    ask("DELETE", f"{JOBS}/101-1")
    assert ask("GET", f"{JOBS}/101-1")["remove_job"] == "full"
    until(world, lambda: "101-1" not in world.replication.jobs, limit=70)
    assert refusal(ask, "GET", f"{JOBS}/101-1") == "no such replication job '101-1'"


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"id": "999-0"}, "Guest '999' does not exist."),
        ({"target": "pve9"}, "Target 'pve9' does not exist."),
        ({"target": "pve1"}, "Source and target must not be identical"),
        ({"source": "pve3"}, "Source 'pve3' does not match current node of guest '101' (pve1)"),
        ({"id": "102-0"}, "No replicatable volumes found"),
        ({"id": "101-0"}, "replication job '101-0' already exists"),
    ],
)
def test_a_job_that_cannot_be_is_refused(params, text):
    given = {"id": "101-5", "type": "local", "target": "pve3"} | params
    assert refusal(Asking(a_world(WORLD)), "POST", JOBS, **given) == text


def test_the_weak_see_the_jobs_of_their_guests_only():
    world = a_world(WORLD)
    weak = Asking(world, "op@pve!some")
    assert weak("GET", JOBS) == []
    assert refusal(weak, "POST", JOBS, id="102-0", type="local", target="pve3") == (
        "Permission check failed (/vms/102, VM.Replicate)"
    )


def test_a_job_runs_when_it_is_due_and_tells_of_failures():
    world = a_world(WORLD)
    ask = Asking(world)
    began = ask("GET", "/nodes/pve1/replication")[0]
    assert (began["next_sync"] - began["last_sync"], began["vmtype"], began["fail_count"]) == (900, "qemu", 0)
    assert ask("GET", "/nodes/pve2/replication") == []
    until(world, lambda: world.replication.is_busy(101), limit=1000)
    assert ask("GET", "/nodes/pve1/replication/101-0/status")["pid"] > 0
    until(world, lambda: not world.replication.is_busy(101))
    assert ask("GET", "/nodes/pve1/replication/101-0/status")["last_sync"] > began["last_sync"]
    assert ask("GET", "/nodes/pve1/replication/101-0/log")[0]["t"] == "101-0: start replication job"
    world.node_down("pve2")
    ask("POST", "/nodes/pve1/replication/101-0/schedule_now")
    until(world, lambda: world.replication.jobs["101-0"].fail_count == 1, limit=70)
    assert "No route to host" in ask("GET", "/nodes/pve1/replication/101-0/status")["error"]


def test_a_running_vm_goes_only_where_its_volumes_are():
    world = a_world(WORLD)
    with pytest.raises(WorldError) as caught:
        move(world, 101, "pve3", online=True, with_local_disks=True)
    assert caught.value.text == (
        "Cannot live-migrate replicated VM to node 'pve3' - not a replication target. Use 'force' to override."
    )
    world.clock.advance(10)
    task = move(world, 101, "pve2", online=True, with_local_disks=True)
    until(world, lambda: not task.is_running)
    assert task.exitstatus == "OK"
    job = world.replication.jobs["101-0"]
    assert (world.guests[101].node, job.target, job.given["source"]) == ("pve2", "pve1", "pve2")


def test_only_what_changed_is_copied():
    def seconds(text):
        world = a_world(text)
        world.clock.advance(10)
        task = move(world, 101, "pve2", online=True, with_local_disks=True)
        return until(world, lambda: not task.is_running)

    assert seconds(WORLD) + 6 < seconds(WORLD.partition("replication:")[0])


def test_a_migration_waits_for_a_run_and_then_gives_up():
    world = a_world(WORLD)
    world.replication.jobs["101-0"].pid = 4711
    world.set_running(world.guests[101], running=False)
    task = move(world, 101, "pve2")
    world.clock.advance(12)
    assert task.exitstatus == "migration aborted"
    assert any("can't lock file" in line for line in task.log)


def test_a_job_marked_for_removal_holds_its_guest():
    world = a_world(WORLD)
    world.replication.jobs["101-0"].given["remove_job"] = "full"
    task = move(world, 101, "pve2", online=True, with_local_disks=True)
    world.clock.advance(5)
    assert any("whose replication job is marked for removal" in line for line in task.log)
    assert world.guests[101].node == "pve1"


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [("*/15", 901, 1800), ("*:0/30", 0, 1800), ("hourly", 3600, 7200), ("2:30", 0, 9000), ("2:30", 9000, 95400)],
)
def test_calendar_events(text, after, expected):
    assert next_after(text, after) == expected


def test_unknown_calendar_events_are_refused():
    assert not is_known("mon..fri 25:00")
    with pytest.raises(Refused) as caught:
        Asking(a_world(WORLD))("POST", JOBS, id="101-5", type="local", target="pve3", schedule="now and then")
    assert "unable to parse calendar event" in caught.value.errors["schedule"]

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How guests are treated on arrival, and what is asked for on departure, on each generation of Proxmox VE."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault

POWER = {"roles": {"DRS": ["VM.Audit", "VM.Migrate", "VM.PowerMgmt", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]}}
NO_CONNTRACK = "conntrack state migration not supported or disabled"


def logs(found):
    return [line for task in found.world.tasks.of_node("a") for line in task.log if task.type == "qmigrate"]


@pytest.mark.parametrize("profile", ["9.2", "8.4"])
def test_connections_are_kept_where_the_version_can(profile):
    with scene(uneven(cluster={"profile": profile})) as found:
        outcome = found.execute(found.decide())
        assert not any(NO_CONNTRACK in str(line) for line in logs(found))
    assert [move.status for move in outcome.moves] == [DONE, DONE]


def pauses_on_arrival(found):
    guest = found.world.guests[101]

    def pause(task):
        if (task.type, task.id) == ("qmigrate", "101"):
            found.world.set_qmp_status(guest, "paused")

    found.sim.call(lambda: found.world.tasks.when_ended(pause))


@pytest.mark.parametrize("ha", [{}, {"guest": {"ha": "started"}}], ids=["plain", "HA"])
def test_one_that_arrives_paused_is_resumed(ha):
    with scene(uneven(**POWER, **ha)) as found:
        plan = found.decide()
        pauses_on_arrival(found)
        outcome = found.execute(plan)
        assert found.world.guests[101].qmp_status == "running"
    assert [move.status for move in outcome.moves] == [DONE, DONE]
    assert outcome.moves[0].warnings == ("it arrived paused, and was resumed",)
    assert outcome.moves[1].warnings == ()


def test_without_the_privilege_to_resume_it_somebody_has_to():
    with scene(uneven()) as found:
        plan = found.decide()
        pauses_on_arrival(found)
        outcome = found.execute(plan)
    assert outcome.moves[0].status == DONE
    assert (
        outcome.moves[0]
        .warnings[0]
        .startswith(
            "it arrived paused and could not be resumed, which somebody has to do: POST /nodes/b/qemu/101/status/resume: 403"
        )
    )
    assert outcome.moves[0].warnings[1] == "it ran before, and is paused now"


def test_one_that_cannot_be_asked_about_is_done_all_the_same():
    with scene(uneven()) as found:
        plan = found.decide()
        gone = Fault("answer", status=595, method="GET", path="/nodes/*/qemu/101/status/current")
        found.sim.call(lambda: found.world.faults.add(gone))
        outcome = found.execute(plan)
    assert outcome.moves[0].status == DONE
    assert outcome.moves[0].warnings[0].startswith("whether it runs there could not be asked: ")

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Pressure before the simulator: where it is missing, where it comes as text, where no migration helps."""

import pytest
import yaml

from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.scenario import SHIPPED

PSI = Policy(method="psi", with_local_disks=True)
TOKEN = {"token_id": "demo", "token_secret": "2f1d9a52-8c40-4d0e-9a57-3b2f6c1d7e80"}
NODES = {name: {"cores": 4, "memory": "64G"} for name in "abc"}
# ten cores are wanted on a, which has four
WAITING = uneven(
    nodes=NODES,
    cluster={"history": "2h"},
    guests=[
        {
            "vmid": 101,
            "count": 5,
            "node": "a",
            "type": "lxc",
            "memory": "4G",
            "disks": ["ceph:8G"],
            "load": {"cpu": 2, "memory": "2G"},
        },
        {"vmid": 201, "node": "b", "memory": "4G", "load": {"cpu": 0.2, "memory": "2G"}},
    ],
)


def shipped(name):
    return yaml.safe_load((SHIPPED / f"{name}.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("scenario", ["pve8", "demo"], ids=["8.4", "9.2 as 8.4"])
def test_before_pve_9_there_is_a_clear_error(scenario):
    text = shipped(scenario)
    text["cluster"]["profile"] = "8.4"
    with scene(text, PSI, **TOKEN) as found:
        found.clock.sleep(30.0)
        with pytest.raises(
            NoMeasurement, match=r"method psi: no pressure.* Proxmox VE records it since version 9.* 8\.4"
        ):
            found.decide()
        assert found.writes() == []


def test_containers_tell_their_pressure_as_text_and_are_moved_when_wanted():
    with scene(WAITING, Policy(method="psi", restart_containers=True)) as found:
        found.clock.sleep(30.0)
        plan = found.decide()
        assert (
            plan.cluster.guest_by_vmid[101].pressure["cpu_some"] == found.world.statistics.guest(101).pressure_cpu > 50
        )
        assert {planned.move.source for planned in plan.moves} == {"a"}


def test_containers_that_may_not_be_restarted_stay():
    with scene(WAITING, PSI) as found:
        found.clock.sleep(30.0)
        plan = found.decide()
        assert plan.before.triggers
        assert plan.moves == ()
        assert {refusal.constraint for refusal in plan.refusals} == {"container_restart"}


def test_where_everybody_waits_for_one_shared_storage_no_migration_helps():
    with scene(shipped("slow-storage"), PSI, **TOKEN) as found:
        found.clock.sleep(30.0)
        plan = found.decide()
        assert plan.moves == ()
        assert any("pve1 is storage-bound, migration cannot help" in notice for notice in plan.notices)


def test_a_guest_that_waits_for_disks_of_its_node_leaves_it_and_the_node_is_left_to_settle():
    with scene(shipped("methods"), PSI, **TOKEN) as found:
        found.clock.sleep(70.0)
        plan = found.decide()
        assert [planned.move.source for planned in plan.moves] == ["pve6"]
        assert found.execute(plan).is_complete
        again = found.decide()
        assert again.moves == ()
        assert any("is left to settle" in notice for notice in again.notices)


@pytest.mark.parametrize(("profile", "asked"), [("9.2", {"a", "b"}), ("8.4", set())])
def test_by_cpu_it_is_asked_who_waits_on_nodes_that_would_lose_guests_only(profile, asked):
    """What a guest takes along is more than what it gets where there are too few cores; b becomes the fuller one."""
    text = WAITING | {"cluster": WAITING["cluster"] | {"profile": profile}}
    with scene(text, Policy(method="cpu", restart_containers=True)) as found:
        found.clock.sleep(30.0)
        plan = found.decide()
        paths = [entry.path for entry in found.sim.log.entries() if entry.path.endswith(("/lxc", "/qemu"))]
    assert plan.moves
    assert sorted(paths) == [f"/nodes/{node}/{kind}" for node in sorted(asked) for kind in ("lxc", "qemu")]
    assert {guest.node for guest in plan.cluster.guests if guest.pressure} == asked

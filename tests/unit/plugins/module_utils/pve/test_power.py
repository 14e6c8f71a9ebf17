# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests are shut down and started, and it is seen to that they are."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.pve.departures import await_departures
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.power import SHUTDOWN, START, switch
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

ROLE = ["VM.Audit", "VM.Migrate", "VM.PowerMgmt", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]


def a_lab(*guests):
    return uneven(guests=list(guests), roles={"DRS": ROLE})


def around(found, stop=None):
    return Surroundings(found.api, found.clock, stop or Stop(found.clock), ExecuteOptions())


def switched(found, action, *vmids, seconds=60.0, stop=None):
    """What went wrong, by vmid."""
    guests = [found.collect().guest_by_vmid[vmid] for vmid in vmids]
    return switch(around(found, stop), action, guests, seconds)


KINDS = [{}, {"type": "lxc"}, {"ha": "started"}]


@pytest.mark.parametrize("facts", KINDS, ids=["machine", "container", "under HA"])
def test_a_guest_is_shut_down_and_started_again(facts):
    with scene(a_lab({"vmid": 101, "node": "a"} | facts)) as found:
        found.sim.advance(30)
        assert switched(found, SHUTDOWN, 101) == {}
        assert not found.world.guests[101].is_running
        found.sim.advance(15)
        assert switched(found, START, 101) == {}
        assert found.world.guests[101].is_running


def test_a_guest_that_takes_longer_is_told_of_and_not_stopped():
    with scene(a_lab({"vmid": 101, "node": "a", "shutdown": 500}, {"vmid": 102, "node": "a"})) as found:
        problems = switched(found, SHUTDOWN, 101, 102, seconds=20)
        assert list(problems) == [101]
        assert found.world.guests[101].is_running


def test_what_proxmox_refuses_is_told():
    with scene(a_lab({"vmid": 101, "node": "a", "type": "lxc"})) as found:
        assert switched(found, START, 101) == {101: "Proxmox VE says: CT 101 already running"}


def test_nobody_is_waited_for_when_the_run_is_to_end():
    with scene(a_lab({"vmid": 101, "node": "a"})) as found:
        stop = Stop(found.clock)
        stop.request("signal SIGTERM")
        assert switched(found, SHUTDOWN, 101, stop=stop) == {101: "stopped by signal SIGTERM"}


def test_guests_that_the_ha_manager_moves_are_waited_for():
    with scene(a_lab({"vmid": 101, "node": "a", "ha": "started"})) as found:
        found.sim.advance(60)
        found.sim.call(lambda: found.world.set_maintenance("a", on=True))
        began = found.clock.now()
        await_departures(around(found), {101}, {"a"}, 300)
        assert found.node_of(101) != "a"
        assert found.clock.now() - began < 120


def test_nobody_is_waited_for_longer_than_is_wanted():
    with scene(a_lab({"vmid": 101, "node": "a"})) as found:
        began = found.clock.now()
        await_departures(around(found), {101}, {"a"}, 20)
        assert 20 <= found.clock.now() - began < 30

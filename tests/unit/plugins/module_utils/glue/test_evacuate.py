# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes are emptied, and get their guests back, on a simulated cluster."""

from collections import Counter
from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, NodeNotReady
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.acting import Acting
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuate import evacuate, job_of, result_of
from ansible_collections.pve.drs.plugins.module_utils.glue.execution_options import execution_options
from ansible_collections.pve.drs.plugins.module_utils.glue.turn import Claim, Turn
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

ROLE = ["VM.Audit", "VM.Migrate", "VM.PowerMgmt", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]
SPEC = arguments.connection() | arguments.judging() | arguments.moving() | arguments.executing() | arguments.evacuating()
DEFAULTS = {name: option.get("default") for name, option in SPEC.items()}


def a_lab(*guests, nodes="abc", **changes):
    """Roomy nodes with these guests, for a user who may do all that it takes."""
    known = {name: {"cores": 32, "memory": "256G"} for name in nodes}
    return uneven(guests=list(guests), nodes=known, roles={"DRS": ROLE}, **changes)


class Caller:
    """Calls the module's command on a scene, in virtual time."""

    def __init__(self, found, tmp_path=None):
        self.scene = found
        self.path = tmp_path / "state.sqlite" if tmp_path else None
        self.stop = Stop(found.clock)

    def __call__(self, *, check=False, **params):
        given = {**DEFAULTS, "settle": 0, "retries": 0, "state_path": self.path, **params}
        state = StateFile(path=self.path, is_read_only=check) if self.path else None
        clock = self.scene.clock
        turn = None if check else Turn(Claim(cluster="lab", command="drs_evacuate"), None, clock, self.stop)
        run = Acting(clock, clock, turn=turn)
        around = Surroundings(self.scene.api, clock, self.stop, replace(execution_options(given), poll_seconds=1.0))
        result = result_of(job_of(given, around, state, run))
        return result, result.values


@pytest.fixture
def call(tmp_path):
    """Tell a function that calls the command with a state file."""
    return lambda found: Caller(found, tmp_path)


def on(found, node):
    """Who is on a node of the simulated world."""
    return sorted(guest.vmid for guest in found.world.guests.values() if guest.node == node)


MIXED = (
    {"vmid": 101, "count": 17, "node": "a", "memory": "2G", "load": {"cpu": 0.2, "memory": "1G"}},
    {"vmid": 1001, "count": 118, "node": "a", "status": "stopped", "memory": "1G"},
    {"vmid": 1201, "count": 2, "node": "a", "template": True, "memory": "1G"},
)


@pytest.mark.parametrize("profile", ["8.4", "9.2"])
def test_powered_off_guests_leave_first_then_running_ones_in_waves(call, profile):
    with scene(a_lab(*MIXED, cluster={"profile": profile})) as found:
        run = call(found)
        preview, told = run(check=True, nodes=["a"])
        assert found.writes() == []
        result, done = run(nodes=["a"])
        assert (preview.failure, result.failure) == (None, None)
        assert [len(step["moves"]) for step in told["plan"]["steps"]] == [100, 20, 8, 8, 1]
        assert done["plan"]["steps"] == told["plan"]["steps"]
        assert on(found, "a") == []
        assert done["nodes"] == told["nodes"]
        assert len(done["homes"]) == 137
        again = run(nodes=["a"])[1]
        assert (again["changed"], again["plan"]["move_count"], len(again["homes"])) == (False, 0, 137)

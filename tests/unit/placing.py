# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Calls the command of drs_place on a simulated cluster, in virtual time."""

from dataclasses import replace
from pathlib import Path

import yaml

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.acting import Acting
from ansible_collections.pve.drs.plugins.module_utils.glue.execution_options import execution_options
from ansible_collections.pve.drs.plugins.module_utils.glue.place import EXECUTION, job_of, result_of
from ansible_collections.pve.drs.plugins.module_utils.glue.placing_arguments import placing
from ansible_collections.pve.drs.plugins.module_utils.glue.placing_options import (
    PROPOSED,
    placing_policy,
    require_wishes,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.turn import Claim, Turn
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.tests.unit.simulated import uneven

SPEC = arguments.connection() | arguments.judging() | arguments.guarding() | placing()
DEFAULTS = {name: option.get("default") for name, option in SPEC.items()}
NEW = {name: option.get("default") for name, option in SPEC["new"]["options"].items()}
ROLE = ["VM.Audit", "VM.Migrate", "VM.PowerMgmt", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]
STARTS = Path(__file__).parents[2] / "simulator" / "scenarios" / "starts.yml"
# The token of that scenario.
DEMO = {"token_id": "demo", "token_secret": "2f1d9a52-8c40-4d0e-9a57-3b2f6c1d7e80"}


def starts_scenario():
    """Eight guests that do not run, on four nodes with others that do."""
    return yaml.safe_load(STARTS.read_text(encoding="utf-8"))


def a_lab(*guests, nodes="abc", **changes):
    """Empty nodes with these guests, for a user who may do all that it takes."""
    known = {name: {"cores": 16, "memory": "64G"} for name in nodes}
    return uneven(guests=list(guests), nodes=known, roles={"DRS": ROLE}, **changes)


class Caller:
    """With a state file where a path is given; what acts has the turn."""

    def __init__(self, found, path=None):
        self.scene, self.path = found, path
        self.stop = Stop(found.clock)

    def __call__(self, *, check=False, **params):
        given = {**DEFAULTS, "state_path": self.path, **params, **EXECUTION}
        require_wishes(given)
        looks_only = check or given["state"] == PROPOSED
        state = StateFile(path=self.path, is_read_only=looks_only) if self.path else None
        clock = self.scene.clock
        turn = None if looks_only else Turn(Claim(cluster="lab", command="drs_place"), None, clock, self.stop)
        options = replace(execution_options(given), poll_seconds=1.0)
        around = Surroundings(self.scene.api, clock, self.stop, options)
        return result_of(job_of(given, placing_policy(given), around, Acting(clock, clock, state, turn=turn)))


def nodes_of(found, vmids):
    """Where guests of the simulated world are."""
    return {vmid: found.node_of(vmid) for vmid in vmids}

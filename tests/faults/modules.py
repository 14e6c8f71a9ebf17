# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The modules as they run under Ansible, but for the clock, which is the simulated one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.acting import Acting
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuate import job_of, result_of
from ansible_collections.pve.drs.plugins.module_utils.glue.execution_options import execution_options
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result, balance_result
from ansible_collections.pve.drs.plugins.module_utils.glue.turn import Claim, Turn
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.tests.unit.simulated import Scene

SPEC = (
    arguments.connection() | arguments.judging() | arguments.moving() | arguments.executing() | arguments.evacuating()
)
DEFAULTS = {name: option.get("default") for name, option in SPEC.items()}


def balance(found: Scene, options: Mapping[str, Any], when_planned: Callable[[], None]) -> Result:
    """Module drs_balance. Raises DrsError, which fails the module with its text (glue/run.py)."""
    cluster = found.collect()
    plan = decide(found.api, cluster, found.policy)
    when_planned()
    outcome = execute(
        plan,
        found.api,
        found.clock,
        found.stop or Stop(found.clock),
        ExecuteOptions(**options),
        replan=lambda: decide(found.api, found.collect(), found.policy),
    )
    return balance_result(plan, cluster, outcome, found.client.warnings)


def evacuate(found: Scene, given: Mapping[str, Any], when_begun: Callable[[], None]) -> Result:
    """Module drs_evacuate. Raises DrsError, as above."""
    params = DEFAULTS | dict(given)
    when_begun()
    stop = found.stop or Stop(found.clock)
    turn = Turn(Claim(cluster="lab", command="drs_evacuate"), None, found.clock, stop)
    around = Surroundings(found.api, found.clock, stop, execution_options(params))
    return result_of(job_of(params, around, None, Acting(found.clock, found.clock, turn=turn)))

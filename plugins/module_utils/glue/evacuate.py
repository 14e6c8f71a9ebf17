# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Module drs_evacuate: empty nodes, and bring their guests home."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, NodeNotReady
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.going_home import going_home, returning_policy
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.homes import homes_of, needless
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.make import evacuating_policy, evacuation
from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import (
    FAIL,
    MOVED_SINCE,
    STAYS_OFF,
    EvacuationPlan,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Home
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue import evacuation_state as phases
from ansible_collections.pve.drs.plugins.module_utils.glue.acting import Acting, acting, only_looking, undertaking
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import (
    collect_with_state,
    state_of,
    with_learned,
    with_starts,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.commands import balance
from ansible_collections.pve.drs.plugins.module_utils.glue.connection_options import connection_from
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuation_job import (
    Aim,
    Job,
    carry_out,
    decided,
    keep_only,
    look_again,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuation_options import (
    HOME,
    NOTHING,
    REBALANCE,
    Params,
    evacuating_from,
    require_members,
    require_part,
    require_ready,
    returning_from,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuation_result import (
    Doings,
    evacuation_result,
    rebalanced_result,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.interruption import stop_of_process
from ansible_collections.pve.drs.plugins.module_utils.glue.node_options import require_nodes
from ansible_collections.pve.drs.plugins.module_utils.glue.policy_options import moving_policy
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.questions import needs_before_deciding
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile

READY_POLL_SECONDS = 5.0
# Plans of return: rebalance are not kept.
PLAN_SECONDS = 3600


def evacuate(params: Params, *, check_mode: bool) -> Result:
    """Module drs_evacuate; check mode is the same without anything that writes."""
    _require_memory(params)
    if params["state"] == "returned" and params["return"] == REBALANCE:
        return _rebalanced(params, check_mode=check_mode)
    stop, state = stop_of_process(params["timeout"]), state_of(params, check_mode=check_mode)
    with ExitStack() as stack:
        api = Api(stack.enter_context(Client(connection_from(params))))
        work = undertaking("drs_evacuate", params, api, state)
        run = only_looking(work, stop) if check_mode else stack.enter_context(acting(api, work, stop))
        job = job_of(params, Surroundings(api, run.looking, stop, work.options), state, run)
        result = result_of(job)
        warnings = (*run.notices, *result.warnings, *api.client.warnings)
    return replace(result, warnings=(*warnings, *run.warnings))


def _require_memory(params: Params) -> None:
    """Raises BadPolicy where nobody knows where guests belong."""
    is_needed = params["state"] == "returned" and params["return"] == HOME
    if is_needed and params["homes"] is None and not params["state_path"]:
        raise BadPolicy(
            "nobody knows where guests belong: name the state file of the evacuation with state_path, "
            "or pass what the evacuation returned as homes"
        )


def job_of(params: Params, around: Surroundings, state: StateFile | None, run: Acting) -> Job:
    """Reads the cluster. Raises BadPolicy, StateUnusable and what collecting raises."""
    policy = moving_policy(params)
    found = collect_with_state(around.api, needs_before_deciding(policy), around.clock, state)
    cluster = with_starts(with_learned(found, policy, state), state, around.clock.epoch())
    require_nodes(policy, cluster)
    require_members(params["nodes"], cluster)
    require_part(params, policy)
    return Job(
        params=params,
        state=state,
        policy=phases.beside_evacuations(policy, state, cluster.name),
        around=around,
        run=run,
        cluster=cluster,
        homes=phases.known_homes(params, state, cluster.name),
    )


def result_of(job: Job) -> Result:
    """Does what is wanted, or in check mode tells it."""
    return _emptied(job) if job.params["state"] == "evacuated" else _given_back(job)


def _emptied(job: Job) -> Result:
    """Preflight for all guests first; then nothing is moved, or everything that can be."""
    wanted = evacuating_from(job.params, job.around.api.options())
    aim = Aim(evacuating_policy(job.policy, wanted), evacuation(wanted))
    plan = decided(job, aim)
    if plan.blocked and wanted.on_blocked == FAIL:
        _note_blocked(job, plan)
        return _told(job, plan, Doings(homes=job.homes))
    if job.is_check:
        leaving = homes_of(plan, job.nodes, job.homes, job.around.clock.epoch())
        return _told(job, plan, Doings(homes={**job.homes, **leaving}))
    return _carried_out(job, plan, aim)


def _note_blocked(job: Job, plan: EvacuationPlan) -> None:
    """Unless the evacuation was begun before: then its nodes stay closed. Check mode only reads the state."""
    begun = phases.closed_nodes(job.state, job.cluster.name)
    if not job.nodes <= begun:
        job.note(phases.BLOCKED, f"{len(plan.blocked)} guest(s) cannot be moved")


def _carried_out(job: Job, plan: EvacuationPlan, aim: Aim) -> Result:
    """Homes are written down before anything moves, and corrected by where guests ended."""
    homes = {**job.homes, **homes_of(plan, job.nodes, job.homes, job.around.clock.epoch())}
    if plan.moves or plan.shut_down:
        job.note(phases.DRAINING)
    doings = carry_out(job, plan, homes, aim)
    at_home = needless(doings.homes)
    doings = replace(doings, homes={vmid: home for vmid, home in doings.homes.items() if vmid not in at_home})
    keep_only(job, doings.homes)
    job.note(phases.ABORTED if doings.overdue(plan, job.nodes) else phases.DRAINED)
    return _told(job, plan, doings)


def _given_back(job: Job) -> Result:
    """Nodes that are well are open again; whoever belongs there returns, if that is wanted."""
    _await_ready(job)
    reopened = replace(job.policy, evacuated_nodes=job.policy.evacuated_nodes - job.nodes)
    is_wanted = job.params["return"] == HOME
    return _brought_home(job, reopened, phases.homes_on(job.homes, job.nodes) if is_wanted else {})


def _await_ready(job: Job) -> None:
    """Raises NodeNotReady; in check mode at once."""
    clock = job.around.clock
    until = clock.now() + (0.0 if job.is_check else job.params["ready_wait"])
    while True:
        try:
            return require_ready(sorted(job.nodes), job.cluster, job.params["ready_uptime"])
        except NodeNotReady:
            if clock.now() >= until or job.around.stop.requested:
                raise
        clock.sleep(READY_POLL_SECONDS)
        look_again(job)


def _brought_home(job: Job, policy: Policy, homes: dict[int, Home]) -> Result:
    """Homes of guests that are there, or whom somebody else has moved, are forgotten."""
    wanted = returning_from(job.params, list(homes.values()), job.around.api.options())
    aim = Aim(returning_policy(policy, job.params["containers"]), going_home(wanted))
    plan = decided(job, aim)
    if job.is_check:
        return _told(job, plan, Doings(homes=job.homes))
    if plan.moves:
        job.note(phases.RETURNING)
    doings = carry_out(job, plan, homes, aim)
    doings = replace(doings, homes={**_of_other_nodes(job), **_still_away(plan, doings)})
    keep_only(job, doings.homes)
    job.note(phases.IDLE)
    return _told(job, plan, doings)


def _of_other_nodes(job: Job) -> dict[int, Home]:
    return {vmid: home for vmid, home in job.homes.items() if home.node not in job.nodes}


def _still_away(plan: EvacuationPlan, doings: Doings) -> dict[int, Home]:
    """For a later run, unless somebody else has moved them; also those that are at home and have no room to run."""
    elsewhere = {left.vmid for left in plan.left if left.kind == MOVED_SINCE}
    off = {left.vmid for left in plan.left if left.kind == STAYS_OFF}
    guests = doings.after.guest_by_vmid if doings.after else {}
    return {
        vmid: home
        for vmid, home in doings.homes.items()
        if vmid not in elsewhere and (guests[vmid].node != home.node or vmid in doings.problems or vmid in off)
    }


def _rebalanced(params: Params, *, check_mode: bool) -> Result:
    """The nodes are opened, and then the cluster is balanced as drs_balance does it."""
    opened = evacuate({**params, "return": NOTHING}, check_mode=check_mode)
    if opened.failure:
        return opened
    told = balance({**params, "plan": None, "plan_valid": PLAN_SECONDS}, check_mode=check_mode)
    return rebalanced_result(told, opened)


def _told(job: Job, plan: EvacuationPlan, doings: Doings) -> Result:
    return evacuation_result(job.params, plan, job.cluster, doings)

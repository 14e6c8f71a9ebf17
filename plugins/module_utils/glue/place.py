# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Module drs_place: where guests start, and bring them there."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Starting, StartPlan
from ansible_collections.pve.drs.plugins.module_utils.glue.acting import Acting, acting, only_looking, undertaking
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import collect_with_state, state_of
from ansible_collections.pve.drs.plugins.module_utils.glue.connection_options import connection_from
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuation_state import beside_evacuations
from ansible_collections.pve.drs.plugins.module_utils.glue.interruption import stop_of_process
from ansible_collections.pve.drs.plugins.module_utils.glue.node_options import require_nodes
from ansible_collections.pve.drs.plugins.module_utils.glue.placing_job import Job, carry_out, decided, overall
from ansible_collections.pve.drs.plugins.module_utils.glue.placing_options import (
    BALLOON,
    PROPOSED,
    STARTED,
    Params,
    newcomers_from,
    placing_policy,
    require_wishes,
    vmids_from,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.placing_result import placing_result
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.ha import rebalances_on_start
from ansible_collections.pve.drs.plugins.module_utils.pve.options import SKIP
from ansible_collections.pve.drs.plugins.module_utils.pve.power import require_power
from ansible_collections.pve.drs.plugins.module_utils.pve.questions import needs_before_deciding
from ansible_collections.pve.drs.plugins.module_utils.pve.starts import free_bytes, pasts_of, with_configured_balloons
from ansible_collections.pve.drs.plugins.module_utils.state.commitments import recall_commitments
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile

# A guest that could not be moved is left where it is; while it does not run, no figures of nodes change.
EXECUTION = {"retries": 0, "on_drift": SKIP, "settle": 0}


def place(params: Params, *, check_mode: bool) -> Result:
    """Check mode is the same without anything that writes; so are proposals."""
    require_wishes(params)
    params = {**params, **EXECUTION}
    policy, looks_only = placing_policy(params), check_mode or params["state"] == PROPOSED
    stop, state = stop_of_process(params["timeout"]), state_of(params, check_mode=looks_only)
    with ExitStack() as stack:
        api = Api(stack.enter_context(Client(connection_from(params))))
        work = undertaking("drs_place", params, api, state)
        run = only_looking(work, stop) if looks_only else stack.enter_context(acting(api, work, stop))
        around = Surroundings(api, run.looking, stop, work.options)
        result = result_of(job_of(params, policy, around, run))
        warnings = (*run.notices, *result.warnings, *api.client.warnings)
    return replace(result, warnings=(*warnings, *run.warnings))


def job_of(params: Params, policy: Policy, around: Surroundings, run: Acting) -> Job:
    """Reads the cluster, and what is known of the guests. Raises BadPolicy, StateUnusable and what collecting raises."""
    state = run.state
    cluster = collect_with_state(around.api, needs_before_deciding(policy), around.clock, state)
    require_nodes(policy, cluster)
    vmids = vmids_from(params["guests"], cluster)
    if params["memory_room"] == BALLOON:
        cluster = with_configured_balloons(around.api, cluster, vmids)
    pasts, complaints = pasts_of(around.api, _off(cluster, vmids))
    return Job(
        params=params,
        state=state,
        policy=beside_evacuations(policy, state, cluster.name),
        around=around,
        run=run,
        cluster=replace(cluster, warnings=(*cluster.warnings, *complaints)),
        wanted=replace(_wanted(params, around, cluster, state), vmids=vmids, pasts=pasts),
    )


def _wanted(params: Params, around: Surroundings, cluster: Cluster, state: StateFile | None) -> Starting:
    """Raises BadPolicy, StateUnusable and ApiError."""
    newcomers = newcomers_from(params["new"], cluster)
    return Starting(
        newcomers=newcomers,
        is_atomic=params["atomic"],
        is_optimistic=params["memory_room"] == BALLOON,
        defers_to_ha=rebalances_on_start(around.api.options()) and not params["override"],
        commitments=recall_commitments(state, cluster.name) if state else (),
        now=around.clock.epoch(),
        free_bytes=free_bytes(around.api.storage_resources()) if newcomers else {},
    )


def _off(cluster: Cluster, vmids: tuple[int, ...]) -> list[Guest]:
    return [guest for guest in map(cluster.guest_by_vmid.__getitem__, vmids) if not guest.is_active]


def result_of(job: Job) -> Result:
    """Does what is wanted, or in check mode tells it."""
    plan, before = decided(job), job.cluster
    plan = replace(plan, notices=(*job.run.notices, *plan.notices))
    if not job.run.may_act or not plan.units:
        return placing_result(job.params["state"], plan, before, {} if job.run.may_act else None)
    _require_privileges(job, plan)
    carry_out(job, plan)
    plan = replace(plan, placed=tuple(job.latest[one.vmid] for one in plan.placed))
    told = placing_result(job.params["state"], plan, before, job.doings)
    return replace(told, warnings=(*told.warnings, *overall(job.outcomes)))


def _require_privileges(job: Job, plan: StartPlan) -> None:
    """Raises PermissionMissing before anything was done."""
    api = job.around.api
    if job.params["state"] == STARTED:
        require_power(api.permissions(), [vmid for unit in plan.units for vmid in unit], api.client.connection.who)

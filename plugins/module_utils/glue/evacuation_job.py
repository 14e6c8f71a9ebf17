# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What every run of drs_evacuate consists of: power off, move, power on, wait, and keep track of homes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.homes import homes_of, homes_reached
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import (
    LEFT_TO_HA,
    EvacuationPlan,
    as_evacuation,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Evacuation, Home
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import Outcome
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import Make
from ansible_collections.pve.drs.plugins.module_utils.glue import evacuation_state as phases
from ansible_collections.pve.drs.plugins.module_utils.glue.acting import Acting
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import (
    collect_with_state,
    with_learned,
    with_starts,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuation_options import (
    Params,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuation_result import (
    Doings,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.watching import watchers_of_process
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import picture
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.plugins.module_utils.pve.departures import await_departures
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.power import SHUTDOWN, START, require_power, switch
from ansible_collections.pve.drs.plugins.module_utils.pve.questions import needs_before_deciding
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.homes import forget_homes, remember_homes


@dataclass(frozen=True, slots=True)
class Aim:
    """What plans are made by."""

    policy: Policy
    make: Make


@dataclass(slots=True, kw_only=True)
class Job:
    """One call of the module: what it was given, and what it works with."""

    params: Params
    state: StateFile | None
    policy: Policy
    around: Surroundings
    run: Acting
    cluster: Cluster
    homes: dict[int, Home]

    @property
    def is_check(self) -> bool:
        """Nobody has given us the turn to act."""
        return self.run.turn is None

    @property
    def at_work(self) -> Surroundings:
        """With a clock that no signal wakes: what was begun is seen to its end."""
        return Surroundings(self.around.api, self.run.working, self.around.stop, self.around.options)

    @property
    def nodes(self) -> frozenset[str]:
        return frozenset(self.params["nodes"])

    def note(self, phase: str, detail: str = "") -> None:
        """Raises StateUnusable."""
        now = self.around.clock.epoch()
        evacuation = Evacuation(node="", phase=phase, time=now, detail=detail)
        phases.note_phase(self.state, self.cluster.name, self.nodes, evacuation)


def decided(job: Job, aim: Aim) -> EvacuationPlan:
    return as_evacuation(decide(job.around.api, job.cluster, aim.policy, aim.make))


def carry_out(job: Job, plan: EvacuationPlan, homes: dict[int, Home], aim: Aim) -> Doings:
    """Power off, move, power on; then wait for what the HA manager moves by itself."""
    api, switched = job.around.api, {*plan.shut_down, *plan.starts}
    if switched:
        require_power(api.permissions(), switched, api.client.connection.who)
    if job.state:
        remember_homes(job.state, job.cluster.name, homes.values())
    problems = dict(_switch(job, SHUTDOWN, plan.shut_down))
    outcome = _execute(job, plan, aim)
    problems |= _switch(job, START, [vmid for vmid in plan.starts if vmid not in problems])
    _await_ha(job, plan)
    after = _seen_at_last(job, outcome)
    reached = homes_reached(_with_later_ones(job, homes, outcome), outcome) if outcome else homes
    kept = {vmid: home for vmid, home in reached.items() if vmid in after.guest_by_vmid}
    return Doings(homes=kept, outcome=outcome, problems=problems, after=after)


def _seen_at_last(job: Job, outcome: Outcome | None) -> Cluster:
    """What was done has to be told also when the cluster cannot be asked any more: then as it was seen last."""
    try:
        return picture(job.around.api)[0]
    except ApiError:
        seen = {moved.planned.move.vmid: moved.node for moved in outcome.moves} if outcome else {}
        guests = tuple(replace(guest, node=seen.get(guest.vmid) or guest.node) for guest in job.cluster.guests)
        return replace(job.cluster, guests=guests)


def _switch(job: Job, action: str, vmids: Sequence[int]) -> dict[int, str]:
    """Where the guests are now."""
    if not vmids:
        return {}
    now = picture(job.around.api)[0].guest_by_vmid
    guests = [now[vmid] for vmid in vmids if vmid in now]
    return dict(switch(job.at_work, action, guests, job.params["shutdown_timeout"]))


def _with_later_ones(job: Job, homes: dict[int, Home], outcome: Outcome) -> dict[int, Home]:
    """Plans that were made on the way may move others, too; when they come home, nobody new leaves a home."""
    if job.params["state"] != "evacuated":
        return homes
    now, found = job.around.clock.epoch(), homes
    for later in outcome.later_plans:
        found = {**found, **homes_of(as_evacuation(later), job.nodes, found, now)}
    return found


def _execute(job: Job, plan: EvacuationPlan, aim: Aim) -> Outcome | None:
    if not plan.moves:
        return None
    around, watchers = job.at_work, (*watchers_of_process(job.params["settle"]), *job.run.watchers)

    def replan() -> EvacuationPlan:
        look_again(job)
        return decided(job, aim)

    return execute(plan, around.api, around.clock, around.stop, around.options, watchers=watchers, replan=replan)


def look_again(job: Job) -> None:
    found = collect_with_state(job.around.api, needs_before_deciding(job.policy), job.around.clock, job.state)
    known = with_learned(found, job.policy, job.state)
    job.cluster = with_starts(known, job.state, job.around.clock.epoch())


def _await_ha(job: Job, plan: EvacuationPlan) -> None:
    """Of nodes in maintenance alone: from others the HA manager moves nobody yet."""
    nodes = {name for name in job.nodes if job.cluster.node_by_name[name].in_maintenance}
    vmids = {left.vmid for left in plan.left if left.kind == LEFT_TO_HA and left.node in nodes}
    if vmids:
        await_departures(job.at_work, vmids, nodes, job.params["ha_wait"])


def keep_only(job: Job, homes: Mapping[int, Home]) -> None:
    """All others are forgotten. Raises StateUnusable."""
    if job.state:
        remember_homes(job.state, job.cluster.name, homes.values())
        forget_homes(job.state, job.cluster.name, [vmid for vmid in job.homes if vmid not in homes])

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Carry starts out, wave after wave: look, move what does not run, start it, and see where it is (drs-model 8.4, 8.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError, DrsError
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import (
    DONE,
    FAILED,
    SKIPPED,
    MoveOutcome,
    Outcome,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import (
    Commitment,
    Placed,
    Started,
    Starting,
    StartPlan,
    as_start,
)
from ansible_collections.pve.drs.plugins.module_utils.core.place.make import starts
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit
from ansible_collections.pve.drs.plugins.module_utils.glue.acting import Acting
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import collect_with_state
from ansible_collections.pve.drs.plugins.module_utils.glue.placing_options import PROPOSED, STARTED, Params
from ansible_collections.pve.drs.plugins.module_utils.glue.watching import watchers_of_process
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import MIGRATE, may_migrate
from ansible_collections.pve.drs.plugins.module_utils.pve.power import START, switch
from ansible_collections.pve.drs.plugins.module_utils.pve.questions import needs_before_deciding
from ansible_collections.pve.drs.plugins.module_utils.pve.starts import with_configured_balloons
from ansible_collections.pve.drs.plugins.module_utils.pve.verify import Places, places
from ansible_collections.pve.drs.plugins.module_utils.state.commitments import forget_commitments, remember_commitments
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile


@dataclass(slots=True, kw_only=True)
class Job:
    """One call of the module: what it was given, and what it works with.

    `latest` is what the last plan that had a node for it says of each guest, `outcomes` are of the moves of all waves.
    """

    params: Params
    state: StateFile | None
    policy: Policy
    around: Surroundings
    run: Acting
    cluster: Cluster
    wanted: Starting
    doings: dict[int, Started] = field(default_factory=dict)
    latest: dict[int, Placed] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def at_work(self) -> Surroundings:
        """With a clock that no signal wakes: what was begun is seen to its end."""
        return Surroundings(self.around.api, self.run.working, self.around.stop, self.around.options)

    def note(self, one: Started) -> None:
        self.doings[one.vmid] = one


def look(job: Job) -> Cluster:
    """The cluster as it is now, with what has to be known of guests that do not run. Raises what collecting raises."""
    found = collect_with_state(job.around.api, needs_before_deciding(job.policy), job.around.clock, job.state)
    return with_configured_balloons(job.around.api, found, job.wanted.vmids) if job.wanted.is_optimistic else found


def decided(job: Job) -> StartPlan:
    """By what is known now. Raises what `decide` raises."""
    policy = replace(job.policy, explain=job.wanted.vmids)
    cluster = job.cluster if job.params["state"] == PROPOSED else _with_own_rights(job)
    plan = as_start(decide(job.around.api, cluster, policy, starts(job.wanted)))
    job.latest |= {one.vmid: one for one in plan.placed if not one.is_open or one.vmid not in job.latest}
    return plan


def _with_own_rights(job: Job) -> Cluster:
    """Guests that the user may not move can start where they are."""
    api = job.around.api
    allowed = may_migrate(api.permissions(), job.wanted.vmids)
    why = f"{api.client.connection.who} lacks {MIGRATE} on /vms/"
    return job.cluster.with_preconditions(
        {vmid: Precondition(anywhere=f"{why}{vmid}") for vmid, may in allowed.items() if not may}
    )


def carry_out(job: Job, plan: StartPlan) -> None:
    """All units of the plan; from the second wave on their nodes are chosen anew, from fresh figures."""
    waiting, stop = list(plan.units), job.around.stop
    why = ""
    while waiting and not why:
        wave = _wave(waiting, job.params["wave"])
        try:
            _run(job, plan, wave)
            waiting = [unit for unit in waiting if unit not in wave]
            if waiting and not stop.requested:
                plan = _look_again(job, waiting)
                waiting = [unit for unit in waiting if _is_left(job, plan, unit)]
            why = f"stopped by {stop.requested}" if stop.requested else ""
        except DrsError as error:  # those that were started before have to be told of all the same
            why = str(error)
    for vmid in (vmid for unit in waiting for vmid in unit if vmid not in job.doings):
        job.note(Started(vmid=vmid, status=SKIPPED, reason=f"not started: {why}", node=_node(job, vmid)))


def _wave(waiting: Sequence[Unit], most: int) -> list[Unit]:
    """Guests that start together are in one wave, however many they are."""
    wave: list[Unit] = []
    for unit in waiting:
        if wave and sum(map(len, wave)) + len(unit) > most:
            break
        wave.append(unit)
    return wave


def _look_again(job: Job, waiting: Sequence[Unit]) -> StartPlan:
    """With the guests of earlier waves where they are now."""
    job.wanted = replace(
        job.wanted, vmids=tuple(vmid for unit in waiting for vmid in unit), now=job.around.clock.epoch()
    )
    job.cluster = look(job)
    return decided(job)


def _is_left(job: Job, plan: StartPlan, unit: Unit) -> bool:
    """Whoever has no node any more is told of."""
    if unit in plan.units:
        return True
    for one in (one for one in plan.placed if one.vmid in unit):
        job.note(Started(vmid=one.vmid, status=FAILED, reason=one.reason, node=one.source))
    return False


def _run(job: Job, plan: StartPlan, wave: Sequence[Unit]) -> None:
    known = {one.vmid: one for one in plan.placed}
    vmids = [vmid for unit in wave for vmid in unit]
    moved = _moved(job, plan, vmids)
    there = [vmid for unit in wave if _arrived(job, unit, moved) for vmid in unit]
    if job.params["state"] == STARTED:
        _start(job, [known[vmid] for vmid in there], moved)
        return
    for one in (known[vmid] for vmid in there):
        reason = moved[one.vmid].reason if one.vmid in moved else _stays(one)
        where = one.target or one.source
        job.note(Started(vmid=one.vmid, status=DONE, reason=reason, node=where, was_changed=one.vmid in moved))


def _stays(one: Placed) -> str:
    return f"is on {one.target} already" if one.target else one.reason


def _moved(job: Job, plan: StartPlan, vmids: Collection[int]) -> dict[int, MoveOutcome]:
    """What became of guests that had to be moved first."""
    moves = tuple(planned for planned in plan.moves if planned.move.vmid in vmids)
    if not moves:
        return {}
    around, watchers = job.at_work, (*watchers_of_process(0.0), *job.run.watchers)
    wave = replace(plan, steps=(Step(moves),))
    outcome = execute(wave, around.api, around.clock, around.stop, around.options, watchers=watchers)
    job.outcomes.append(outcome)
    return {moved.planned.move.vmid: moved for moved in outcome.moves}


def _arrived(job: Job, unit: Unit, moved: dict[int, MoveOutcome]) -> bool:
    """Guests that start together do so only where all of them have come to."""
    missing = [vmid for vmid in unit if vmid in moved and moved[vmid].status != DONE]
    for vmid in unit if missing else ():
        if vmid in missing:
            status, reason, node = moved[vmid].status, moved[vmid].reason, moved[vmid].node
            job.note(Started(vmid=vmid, status=status, reason=f"not moved: {reason}", node=node))
        else:
            reason = f"not started: guest {missing[0]}, with which it starts together, could not be moved"
            was_moved = vmid in moved
            job.note(Started(vmid=vmid, status=SKIPPED, reason=reason, node=_node(job, vmid), was_changed=was_moved))
    return not missing


def _start(job: Job, placed: Sequence[Placed], moved: dict[int, MoveOutcome]) -> None:
    """What is committed is written down before, so that it counts also when this run is killed."""
    before = _seen(job)
    if before is None:
        for one in placed:
            reason, node = "not started: the cluster could not be asked where it is", one.target
            job.note(Started(vmid=one.vmid, status=SKIPPED, reason=reason, node=node, was_changed=one.vmid in moved))
        return
    guests = [before[one.vmid] for one in placed if one.vmid in before]
    _commit(job, placed)
    problems = switch(job.at_work, START, guests, job.params["start_timeout"])
    after = _seen(job) or {}
    _withdraw(job, [vmid for vmid in problems if vmid not in after or not after[vmid].is_active])
    for one in placed:
        job.note(_started(one, problems.get(one.vmid), after.get(one.vmid), was_moved=one.vmid in moved))


def _started(one: Placed, problem: str | None, guest: Guest | None, *, was_moved: bool) -> Started:
    node, runs = (guest.node, guest.is_active) if guest else (None, False)
    if runs:  # whatever was said on the way
        problem = None
    elif problem is None:
        problem = f"it was started, and is {guest.status} again" if guest else "whether it runs could not be seen"
    elsewhere = f", where the HA manager took it instead of {one.target}" if one.target and node != one.target else ""
    reason = f"not started: {problem}" if problem else f"started on {node}{elsewhere}"
    status = FAILED if problem else DONE
    return Started(
        vmid=one.vmid, status=status, reason=reason, node=node, is_running=runs, was_changed=was_moved or runs
    )


def _commit(job: Job, placed: Sequence[Placed]) -> None:
    """Where the HA manager finds the node, nobody knows yet which one it is."""
    now = job.run.working.epoch()
    made = tuple(
        Commitment(vmid=one.vmid, node=one.target, expected=one.expected.demand, time=now)
        for one in placed
        if one.target and one.expected
    )
    renewed = {one.vmid for one in made}
    kept = tuple(one for one in job.wanted.commitments if one.vmid not in renewed)
    job.wanted = replace(job.wanted, commitments=(*kept, *made))
    if job.state:
        remember_commitments(job.state, job.cluster.name, made, now)


def _withdraw(job: Job, vmids: Collection[int]) -> None:
    """Of guests that did not start."""
    kept = tuple(one for one in job.wanted.commitments if one.vmid not in vmids)
    job.wanted = replace(job.wanted, commitments=kept)
    if job.state:
        forget_commitments(job.state, job.cluster.name, vmids)


def _seen(job: Job) -> Places:
    """Where everybody is, or None."""
    try:
        return places(job.around.api)
    except ApiError:
        return None


def _node(job: Job, vmid: int) -> str | None:
    found = _seen(job) or job.cluster.guest_by_vmid
    return found[vmid].node if vmid in found else None


def overall(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What the executions of all waves warn of."""
    for outcome in outcomes:
        yield from outcome.warnings
        for moved in outcome.moves:
            yield from (f"guest {moved.planned.move.vmid}: {warning}" for warning in moved.warnings)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Plan where guests start: those that exist and do not run, and those that are to be created (drs-model 8)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.budget import Budget, never
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import CONSTRAINTS, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.capacity import Capacity
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.constraint import Constraint
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoQuorum
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Expected, Starting, StartPlan
from ansible_collections.pve.drs.plugins.module_utils.core.place.admission import not_admitted
from ansible_collections.pve.drs.plugins.module_utils.core.place.batch import Chooser, place_together
from ansible_collections.pve.drs.plugins.module_utils.core.place.commitments import pending, with_commitments
from ansible_collections.pve.drs.plugins.module_utils.core.place.expected import expected
from ansible_collections.pve.drs.plugins.module_utils.core.place.figure import figure_of
from ansible_collections.pve.drs.plugins.module_utils.core.place.ground import (
    ALSO_RUNNING,
    ANYWHERE,
    MOVING,
    NEVER,
    Delivery,
    StartGround,
)
from ansible_collections.pve.drs.plugins.module_utils.core.place.newcomers import storages_for
from ansible_collections.pve.drs.plugins.module_utils.core.place.start_plan import Found, start_plan
from ansible_collections.pve.drs.plugins.module_utils.core.placement import NOWHERE, Placement
from ansible_collections.pve.drs.plugins.module_utils.core.plan import Make
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem


def starts(wanted: Starting) -> Make:
    """The same cluster always gives the same plan; the order of `wanted` does not matter."""

    def make(cluster: Cluster, policy: Policy, is_time_up: Callable[[], bool] = never) -> StartPlan:
        """Raises NoQuorum, NoMeasurement and BadPolicy."""
        if not cluster.is_quorate:
            raise NoQuorum(f"cluster {cluster.name} has no quorum: PVE starts and moves nothing; restore quorum first")
        return start_plan(_found(cluster, policy, wanted, is_time_up))

    return make


def _found(cluster: Cluster, policy: Policy, wanted: Starting, is_time_up: Callable[[], bool]) -> Found:
    known = with_commitments(cluster, wanted.commitments, wanted.now)
    subjects = {guest.vmid: guest for guest in _subjects(known, wanted)}
    expected_of = {vmid: expected(known, policy, wanted, guest) for vmid, guest in sorted(subjects.items())}
    ground = _ground(known, policy, wanted, subjects, expected_of)
    ground.problem = replace(ground.problem, budget=Budget(is_time_up))
    chooser = Chooser(figure_of(ground.problem.policy), {vmid: guest.node for vmid, guest in subjects.items()})
    place_together(ground, chooser)
    return Found(
        cluster=known,
        wanted=wanted,
        ground=ground,
        chooser=chooser,
        expected=expected_of,
        pending=tuple(sorted(pending(cluster, wanted.commitments, wanted.now))),
    )


def _subjects(cluster: Cluster, wanted: Starting) -> Iterator[Guest]:
    """Guests for whom nodes are to be found: not those that run, nor those whose node the HA manager finds."""
    yield from (newcomer.guest for newcomer in wanted.newcomers)
    for vmid in sorted(set(wanted.vmids)):
        guest = cluster.guest_by_vmid[vmid]
        if not guest.is_active and not (guest.is_ha and wanted.defers_to_ha):
            yield guest


def _ground(
    cluster: Cluster,
    policy: Policy,
    wanted: Starting,
    subjects: Mapping[int, Guest],
    expected_of: Mapping[int, Expected],
) -> StartGround:
    problem = make_problem(_there(cluster, wanted, subjects, expected_of), policy)
    placement = problem.placement()
    placement.purpose = MANDATORY
    return StartGround(
        problem=problem,
        placement=placement,
        nodes=frozenset({NOWHERE}),
        delivery=_delivery(cluster, problem, wanted, subjects),
        subjects=tuple(sorted(subjects)),
        running=tuple(_about_running(problem)),
    )


def _there(
    cluster: Cluster, wanted: Starting, subjects: Mapping[int, Guest], expected_of: Mapping[int, Expected]
) -> Cluster:
    """As if all of them ran, on no node yet."""
    others = tuple(guest for guest in cluster.guests if guest.vmid not in subjects)
    # Without its balloon, a guest is promised all that it is configured with.
    promised = subjects.values() if wanted.is_optimistic else (replace(g, balloon=None) for g in subjects.values())
    imagined = tuple(_imagined(guest, expected_of[guest.vmid]) for guest in promised)
    # What Proxmox says against moving a guest says nothing against running it where it is.
    # Nor does the past of a guest that did not run say what it uses now.
    past = replace(cluster.history, guests={v: past for v, past in cluster.history.guests.items() if v not in subjects})
    return replace(cluster, guests=(*others, *imagined), preconditions={}, tasks={}, history=past)


def _imagined(guest: Guest, wanted: Expected) -> Guest:
    """As if it ran, though on no node yet: what it needs beyond its demand is no room for others."""
    return replace(
        guest,
        node=NOWHERE,
        status="running",
        demand=wanted.demand,
        surge=wanted.room - wanted.demand,
        network_rate=0.0,
    )


def _delivery(cluster: Cluster, problem: Problem, wanted: Starting, subjects: Collection[int]) -> Delivery:
    given = Given(cluster, problem.policy, problem.rules)
    placement = Placement(cluster)
    placement.purpose = MANDATORY
    constraints = [build(given) for build in CONSTRAINTS]
    return Delivery(
        cluster=cluster,
        placement=placement,
        constraints=tuple(each for each in constraints if each.name in (*ANYWHERE, *MOVING)),
        storages=storages_for(wanted),
        refused=not_admitted(problem.cluster, problem.policy, subjects),
    )


def _about_running(problem: Problem) -> Iterator[Constraint]:
    """Nothing is migrated live, so that no core is needed for it."""
    for constraint in problem.constraints:
        if constraint.name == "cpu_capacity" and isinstance(constraint, Capacity):
            yield replace(constraint, need=lambda guest: guest.peak.cpu)
        elif constraint.name in ALSO_RUNNING or constraint.name not in (*ANYWHERE, *MOVING, *NEVER):
            yield constraint

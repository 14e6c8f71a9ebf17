# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Whether a planned move is still right, seen with fresh eyes just before it starts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.backup import closed_by_backups
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoQuorum
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Plan, PlannedMove, Step
from ansible_collections.pve.drs.plugins.module_utils.core.needs import device_users_of
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.standing import Choice, is_harmful, next_best
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import picture
from ansible_collections.pve.drs.plugins.module_utils.pve.enrich import remembered
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Flight
from ansible_collections.pve.drs.plugins.module_utils.pve.mappings import with_configs
from ansible_collections.pve.drs.plugins.module_utils.pve.particulars import with_node_status
from ansible_collections.pve.drs.plugins.module_utils.pve.preconditions import checked


class Recheck:
    """Judges the moves of one step, one after the other; those already accepted count as under way."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._placement: Placement = problem.placement()

    @property
    def guests(self) -> dict[int, Guest]:
        return self._problem.cluster.guest_by_vmid

    def refusal(self, together: Sequence[PlannedMove]) -> str | None:
        """Why these moves, most often one, must not start now, or None."""
        for planned in together:
            if changed := self._changed(planned):
                return _named(planned, changed, together)
        self._placement.purpose = together[0].category
        refused = self._problem.joint_refusal(self._placement, [planned.move for planned in together])
        if refused is None:
            return None
        return _named(next(p for p in together if p.move.vmid == refused.vmid), refused.reason, together)

    def _changed(self, planned: PlannedMove) -> str | None:
        guest, move = self.guests.get(planned.move.vmid), planned.move
        if guest is None:
            return "it no longer exists, or cannot be seen any more"
        if guest.node == move.target:
            return f"it is on {move.target} already: somebody else moved it"
        if guest.node != move.source:
            return f"it is on {guest.node} now, not on {move.source} any more"
        if guest.is_active != (planned.mode != "offline"):
            return f"its status is {guest.status} now; the plan was made for {planned.mode} migration"
        return None

    def comes_along(self, planned: PlannedMove, flights: Sequence[Flight]) -> bool:
        """The HA manager takes it along with a guest of its bundle whose request it has (pve-api 6.4).

        A request of its own does the same, unless it comes too late: PVE refuses it for a guest that is under way.
        """
        bundle = self._problem.rules.bundles.get(planned.move.vmid)
        if bundle is None or not bundle.is_ha or not self.guests[planned.move.vmid].is_ha:
            return False
        return any(flight.is_ha and flight.move.vmid in bundle.vmids for flight in flights)

    def held_up(self, groups: Sequence[tuple[PlannedMove, ...]]) -> tuple[tuple[PlannedMove, ...], ...]:
        """The groups that must not start now, but may when what others do has ended."""
        trial, held = Recheck(self._problem), []
        for group in groups:
            if trial.refusal(group) is None:
                for planned in group:
                    trial.accept(planned)
            elif trial._is_busy(group):
                held.append(group)
        return tuple(held)

    def _is_busy(self, group: Sequence[PlannedMove]) -> bool:
        """Others work on a guest of it, or migrate something at one of its ends."""
        cluster, ends = self._problem.cluster, {end for p in group for end in (p.move.source, p.move.target)}
        here = [self.guests.get(planned.move.vmid) for planned in group]
        if any(guest and (guest.lock or guest.vmid in cluster.tasks) for guest in here):
            return True
        if not ends.isdisjoint(closed_by_backups(cluster, self._problem.policy.backup_scope)):
            return True
        vmids = {planned.move.vmid for planned in group}
        return any(
            m.vmid in vmids or m.target is None or not ends.isdisjoint((m.source, m.target)) for m in cluster.migrations
        )

    def is_harmful(self, rest: Sequence[Move], together: Sequence[PlannedMove]) -> bool:
        """Whether the rest of the plan is better without these moves, as others of it did not come about."""
        return is_harmful(self._problem, rest, [planned.move for planned in together])

    def others_moved(self, plan: Plan) -> tuple[int, ...]:
        """Guests that no move of the plan is about, and that are, or are going, elsewhere than when it was made."""
        own = {planned.move.vmid for planned in plan.moves}
        going = {migration.vmid for migration in self._problem.cluster.migrations}
        before = plan.placement_before
        return tuple(
            vmid
            for vmid, guest in sorted(self.guests.items())
            if vmid not in own and (vmid in going or before.get(vmid, guest.node) != guest.node)
        )

    def next_best(self, group: Sequence[PlannedMove]) -> Choice | str:
        """Where guests whose move failed go instead, or why nowhere."""
        for planned in group:
            if changed := self._changed(planned):
                return _named(planned, changed, group)
        choice = next_best(self._problem, self._placement, [planned.move for planned in group], group[0].category)
        return choice or "no node may take it now, or none that would be better for it"

    def found(self, planned: PlannedMove) -> Precondition:
        """What PVE said when it was asked about the guest."""
        return self._problem.cluster.preconditions.get(planned.move.vmid) or Precondition()

    def accept(self, planned: PlannedMove) -> None:
        """From now on both ends hold the guest."""
        self._placement.start(planned.move)


def _named(planned: PlannedMove, reason: str, together: Sequence[PlannedMove]) -> str:
    """Where guests move together, say which one it is about."""
    if len(together) == 1:
        return reason
    return f"it moves together with others by {planned.group}, and of guest {planned.move.vmid} is true: {reason}"


def fresh_recheck(api: Api, plan: Plan, step: Step, *, everywhere: bool = False) -> Recheck:
    """Look once for the step, with the past and the details that the plan was decided from.

    Nodes are asked for their details where guests leave or come to, or `everywhere`.

    Raises ApiError, NoQuorum, NoMeasurement.
    """
    fresh, listings = picture(api)
    if not fresh.is_quorate:
        raise NoQuorum("the cluster has lost quorum")
    cluster = remembered(fresh, plan.cluster, listings)
    nodes = frozenset(node.name for node in cluster.measured_nodes) if everywhere else _online_ends(cluster, step)
    cluster = with_node_status(api, cluster, nodes)
    cluster = _checked_anew(api, cluster, plan, _present(cluster, step))
    cluster = with_configs(api, cluster, device_users_of(cluster, [planned.move for planned in step.moves]))
    problem = make_problem(cluster, plan.policy)
    return Recheck(problem)


def _checked_anew(api: Api, cluster: Cluster, plan: Plan, vmids: Collection[int]) -> Cluster:
    """Configurations may have changed since the plan was made."""
    guests = tuple(replace(guest, config=None) if guest.vmid in vmids else guest for guest in cluster.guests)
    return checked(api, replace(cluster, guests=guests), plan.policy, vmids)


def _online_ends(cluster: Cluster, step: Step) -> frozenset[str]:
    """Nodes that guests leave or come to; one that is down refuses its guests by itself."""
    ends = {end for planned in step.moves for end in (planned.move.source, planned.move.target)}
    return frozenset(node.name for node in cluster.measured_nodes if node.name in ends)


def _present(cluster: Cluster, step: Step) -> list[int]:
    """Guests that are where the plan says; about the others nothing needs to be asked."""
    places = {guest.vmid: guest.node for guest in cluster.guests}
    return [planned.move.vmid for planned in step.moves if places.get(planned.move.vmid) == planned.move.source]

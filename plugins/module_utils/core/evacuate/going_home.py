# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Plan the way home of guests that left for an evacuation (drs-model 7.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ansible_collections.pve.drs.plugins.module_utils.core.budget import Budget, never
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoQuorum
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.draft import drafted
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.starting import starts
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.waves import (
    MOST_OFFLINE,
    Departures,
    Waves,
    placed,
    waves,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import (
    BLOCKED,
    MOVED_SINCE,
    SKIP,
    EvacuationPlan,
    Headroom,
    Left,
    Returning,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Home
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Proposal, Refusal
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.plan import Make
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit


@dataclass(slots=True)
class Way:
    """Who goes home, and who does not."""

    proposals: list[Proposal] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


def returning_policy(policy: Policy, containers: str) -> Policy:
    """The same limits and rules; whatever left may return, by a restart where it cannot be moved otherwise."""
    limits = replace(policy.limits, max_parallel_offline=MOST_OFFLINE)
    return replace(policy, moves_templates=True, restart_containers=containers != SKIP, limits=limits)


def going_home(wanted: Returning) -> Make:
    """Mandatory, so that no cool-down holds guests away; the same cluster always gives the same plan."""

    def make(cluster: Cluster, policy: Policy, is_time_up: Callable[[], bool] = never) -> EvacuationPlan:
        """Raises NoQuorum, NoMeasurement and BadPolicy."""
        if not cluster.is_quorate:
            raise NoQuorum(f"cluster {cluster.name} has no quorum: PVE refuses every migration; restore quorum first")
        problem = replace(make_problem(cluster, policy), budget=Budget(is_time_up))
        known = cluster.guest_by_vmid
        homes = {home.vmid: home for home in wanted.homes if home.node in wanted.nodes and home.vmid in known}
        way = _way(problem, homes)
        return _plan(problem, wanted, way, waves(problem, wanted.ha_workers, Departures(way.proposals)))

    return make


def _way(problem: Problem, homes: dict[int, Home]) -> Way:
    """Again and again until nobody else may go: one who leaves may be what another one waited for."""
    placement, way = problem.placement(), Way()
    placement.purpose = MANDATORY
    guests = problem.cluster.guest_by_vmid
    away = [home for vmid, home in sorted(homes.items()) if guests[vmid].node != home.node]
    strangers = [home for home in away if guests[home.vmid].node != home.target]
    way.left = [_moved_since(problem, home) for home in strangers]
    waiting = sorted({problem.unit_of(home.vmid) for home in away if home not in strangers})
    while gone := [unit for unit in waiting if _goes(placement, problem, unit, homes, way)]:
        waiting = [unit for unit in waiting if unit not in gone]
    way.left += [left for unit in waiting for left in _blocked(placement, problem, unit, homes)]
    return way


def _goes(placement: Placement, problem: Problem, unit: Unit, homes: dict[int, Home], way: Way) -> bool:
    home = _home_of(placement, unit, homes)
    moves = moves_to(placement, unit, home) if home else ()
    if not moves or problem.joint_refusal(placement, moves):
        return False
    placement.apply_all(moves)
    way.proposals.append(Proposal(moves=moves, category=MANDATORY, reason=f"goes home to {home}"))
    return True


def _home_of(placement: Placement, unit: Unit, homes: dict[int, Home]) -> str | None:
    """Of guests that move together, all have to belong there; one that is there already does."""
    nodes = {homes[vmid].node if vmid in homes else placement.node_of[vmid] for vmid in unit}
    return nodes.pop() if len(nodes) == 1 else None


def _blocked(placement: Placement, problem: Problem, unit: Unit, homes: dict[int, Home]) -> Iterator[Left]:
    home = _home_of(placement, unit, homes)
    moves = moves_to(placement, unit, home) if home else ()
    refused = problem.joint_refusal(placement, moves) if home else _scattered(problem, unit)
    for vmid in unit:
        if vmid in homes:
            own = (replace(refused, vmid=vmid),) if refused else ()
            yield Left(vmid=vmid, node=placement.node_of[vmid], kind=BLOCKED, refusals=own)


def _scattered(problem: Problem, unit: Unit) -> Refusal:
    source = problem.rules.bundles[unit[0]].source
    reason = f"{source} keeps it with guests that do not belong on the same node"
    return Refusal(vmid=unit[0], target=None, constraint="together", reason=reason)


def _moved_since(problem: Problem, home: Home) -> Left:
    node = problem.cluster.guest_by_vmid[home.vmid].node
    reason = f"it went to {home.target} and is on {node} now: somebody else has moved it since"
    refused = Refusal(vmid=home.vmid, target=home.node, constraint="home", reason=reason)
    return Left(vmid=home.vmid, node=node, kind=MOVED_SINCE, refusals=(refused,))


def _plan(problem: Problem, wanted: Returning, way: Way, found: Waves) -> EvacuationPlan:
    started = starts(problem, wanted, placed(problem, found))
    stay = sorted((*way.left, *started.left), key=lambda left: left.vmid)
    draft = drafted(problem, found, stay)
    return replace(
        draft,
        notices=draft.notices if found else (*draft.notices, "no guest has to be moved"),
        starts=tuple(started.vmids),
        headroom=tuple(_less(room, started.taken[room.node]) for room in draft.headroom),
    )


def _less(room: Headroom, taken: Resources) -> Headroom:
    return replace(room, cpu=max(0.0, room.cpu - taken.cpu), memory=max(0.0, room.memory - taken.memory))

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How loaded the nodes are by the method of a problem."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.crs.usage import static_loads
from ansible_collections.pve.drs.plugins.module_utils.core.distribution import surplus
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.pools.view import gaps
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.score.score import score
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import Reading, Sight


def available_nodes(problem: Problem) -> tuple[Node, ...]:
    """Those that may lose and gain: not in maintenance, evacuated, excluded or left alone (drs-model 1)."""
    policy = problem.policy
    taking_part = (node for node in gauged_nodes(problem) if not policy.leaves_alone(node.name))
    return tuple(node for node in taking_part if not node.is_source_only and node.name not in policy.excluded_nodes)


def gauged_nodes(problem: Problem) -> tuple[Node, ...]:
    """Those that the method can tell the load of: online and of known capacity."""
    return tuple(node for node in problem.cluster.measured_nodes if problem.gauge.measures(node.name))


def loads(problem: Problem, placement: Placement) -> dict[str, float]:
    """Load by node, a fraction of its capacity, for the available nodes."""
    return {node.name: load_of(problem, placement, node.name) for node in available_nodes(problem)}


def load_of(
    problem: Problem, placement: Placement, node: str, *, leaving: Guest | None = None, arriving: Guest | None = None
) -> float:
    """Load of one node, also with one guest less or one more."""
    gone, come = ((guest.vmid,) if guest else () for guest in (leaving, arriving))
    return problem.gauge.load(placement, node, gone, come)


def readings(problem: Problem, placement: Placement, now: dict[str, float]) -> Iterator[tuple[str, Reading]]:
    """What each trigger of the policy says, by its name (drs-model 4.1, 4.2)."""
    sight = _sight(problem, placement, now)
    return ((trigger.name, trigger.read(sight)) for trigger in problem.triggers)


def _sight(problem: Problem, placement: Placement, now: dict[str, float]) -> Sight:
    return Sight(
        loads=now,
        policy=problem.policy,
        what=problem.method.describes,
        score=lambda: score(problem, placement),
        surplus=lambda: surplus(placement, available_nodes(problem)),
        configured=lambda: static_loads(placement, available_nodes(problem)),
        gaps=lambda: entitlement_gaps(problem, placement),
    )


def entitlement_gaps(problem: Problem, placement: Placement) -> dict[int, float]:
    """What guests lack of what their pools entitle them to, as fractions by vmid; nothing without pools."""
    return gaps(problem.pools, placement, problem.pools.cpu.figures.nodes) if problem.pools else {}


def is_uneven(problem: Problem, placement: Placement, now: dict[str, float]) -> bool:
    """One of the policy's triggers says so, and has done so for long enough."""
    sight = _sight(problem, placement, now)
    triggers = (trigger for trigger in problem.triggers if trigger.is_about_load)
    return any(trigger.read(sight).fires for trigger in triggers if trigger.name not in problem.waiting)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Why a plan is empty."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.explain import concerned, has_way_out, troubled
from ansible_collections.pve.drs.plugins.module_utils.core.loads import available_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Assessment
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.broken import SATURATION
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit


def why_empty(problem: Problem, after: Assessment) -> str:
    """In words for the operator (drs-model 9.2)."""
    if not problem.cluster.guests:
        return "nothing to do: the cluster has no guests that this user may see"
    if len(available_nodes(problem)) <= 1 and not after.violations:
        return "nothing to do: fewer than two nodes are available to balance between"
    if after.is_calm:
        return "nothing to do: the nodes are balanced and no constraint is broken"
    if problem.unsure:
        return problem.unsure
    under_way = ", ".join(str(migration.vmid) for migration in problem.cluster.migrations)
    if under_way:
        return f"no balancing while other migrations are under way (guest {under_way}); try again when they have ended"
    return f"no useful move: {_why_stuck(problem, after)}"


def _why_stuck(problem: Problem, after: Assessment) -> str:
    """Something calls for a move, and there is none."""
    placement, nodes = problem.placement(), sorted(troubled(after))
    if not nodes:
        return "no node may take what the should-rules want there; see what was refused"
    available = {node.name for node in available_nodes(problem)}
    if len(available) <= 1 and available.issubset(nodes):
        return f"fewer than two nodes are available, so that guests of {', '.join(nodes)} have nowhere to go"
    full = {violation.node for violation in after.violations if violation.constraint in SATURATION}
    if full.issuperset(available):
        return "every node is above its limit; the cluster needs more capacity, or less to do"
    guests = tuple(concerned(problem, after, placement))
    if not guests:
        return f"no guest explains the load of {', '.join(nodes)}"
    if not any(_may_leave(problem, placement, unit, purpose) for _unused, unit, purpose in guests):
        return f"every guest of {', '.join(nodes)} has to stay; see what was refused"
    return "every allowed move would leave the cluster no better; see what was refused"


def _may_leave(problem: Problem, placement: Placement, unit: Unit, purpose: str) -> bool:
    placement.purpose = purpose
    return has_way_out(problem, placement, unit)

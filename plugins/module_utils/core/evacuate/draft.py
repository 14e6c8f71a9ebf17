# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What plans that empty nodes and plans that bring guests home have in common."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.assess import assess
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.reserve import headroom, reserve
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.waves import Waves, placed
from ansible_collections.pve.drs.plugins.module_utils.core.explain import answers
from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import EvacuationPlan, Left
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY
from ansible_collections.pve.drs.plugins.module_utils.core.plan import planned_step
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem


def drafted(problem: Problem, found: Waves, left: Iterable[Left]) -> EvacuationPlan:
    """The waves as steps, and the cluster before and after them; without notices, and without guests that are switched."""
    start, end, stay = problem.placement(), placed(problem, found), tuple(left)
    start.purpose = MANDATORY
    rooms = headroom(problem, end)
    return EvacuationPlan(
        policy=problem.policy,
        fingerprint=problem.cluster.fingerprint,
        before=assess(problem, start),
        after=assess(problem, end),
        steps=tuple(planned_step(problem, wave) for wave in found),
        refusals=tuple(refusal for one in stay for refusal in one.refusals),
        answers=answers(problem, start),
        notices=(*problem.cluster.warnings, *problem.rules.ineffective, *problem.rules.warnings),
        placement_before=dict(start.node_of),
        placement_after=dict(end.node_of),
        disabled_rules=problem.rules.disabled,
        left=stay,
        headroom=rooms,
        reserve=reserve(end, rooms),
    )

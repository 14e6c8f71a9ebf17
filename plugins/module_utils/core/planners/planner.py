# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a planner is: a way to search for moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.goals import GoalOf
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """`propose` yields moves in order and has applied each to the placement when it yields it.

    `goal` is what its moves make smaller; none is dropped from a plan, or replaced, where a planner does not tell.
    A planner that is not `is_repeated` decides once a plan, whatever the others do afterwards.
    """

    name: str
    describes: str
    propose: Callable[[Problem, Placement], Iterable[Proposal]]
    goal: GoalOf | None = None
    is_repeated: bool = True

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A better plan by an exact search, as far as there is time."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.improver import Answer, Draft, Improver
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.exact.model import model_of
from ansible_collections.pve.drs.plugins.module_utils.exact.question import Question
from ansible_collections.pve.drs.plugins.module_utils.exact.solver import Solver, library

# In GiB: sums of the solver differ from ours by less.
LEAST_GAIN = 1e-3


def exact_improver(seconds: float) -> Improver:
    """What answers within so many seconds for each plan. Raises BadPolicy where the solver is not installed."""
    library()

    def answers(problem: Problem, draft: Draft) -> Iterator[Answer]:
        return _answers(problem, draft, seconds)

    return answers


def _answers(problem: Problem, draft: Draft, seconds: float) -> Iterator[Answer]:
    """The best one by the model first; whoever asks on wants another one, as long as there are any that cost less than the plan."""
    if not draft.proposals or not (draft.bound or draft.units):
        return
    end = time.monotonic() + seconds
    model = model_of(Question(problem, draft))
    solver = Solver(model)
    while True:
        found = solver.solve(max(0.0, end - time.monotonic()))
        yield Answer(
            tuple(model.journeys[place] for place in found.made), "" if found.is_proven else _unproven(seconds)
        )
        if found.costs >= model.worth - LEAST_GAIN or not found.is_proven:
            return
        solver.forbid(found.made)


def _unproven(seconds: float) -> str:
    return f"the exact search ended after {seconds:g} s (exact_seconds) without proof that there is no better plan"

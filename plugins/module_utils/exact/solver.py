# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""HiGHS, by its Python library highspy: the only file that knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.exact.model import Model, Row

LARGEST = 10.0
SEED = 0
# A plan that is better by less is not better.
GAP = 1e-6


@dataclass(frozen=True, slots=True)
class Solution:
    """The columns of the journeys that are made, what that costs, and whether it is proven that there is nothing better."""

    made: tuple[int, ...]
    costs: float
    is_proven: bool


class Solver:
    """One thread and one seed: the same model has the same solution as long as there is time."""

    def __init__(self, model: Model) -> None:
        self._model, self._highs = model, library()
        self._solver = self._highs.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", SEED), ("mip_rel_gap", GAP)):
            self._solver.setOptionValue(option, value)
        self._solver.passModel(self._program())
        self._propose(model.first)

    def solve(self, seconds: float) -> Solution:
        """The best one that was found in time; where there is none, no journeys at infinite costs."""
        self._solver.setOptionValue("time_limit", seconds)
        self._solver.run()
        info, status = self._solver.getInfo(), self._highs.HighsModelStatus
        is_proven = self._solver.getModelStatus() in (status.kOptimal, status.kInfeasible)
        if info.primal_solution_status != self._highs.SolutionStatus.kSolutionStatusFeasible:
            return Solution((), inf, is_proven)
        values = list(self._solver.getSolution().col_value)[: len(self._model.journeys)]
        made = tuple(place for place, value in enumerate(values) if value > 0.5)  # noqa: PLR2004 - yes, not no
        return Solution(made, info.objective_function_value, is_proven)

    def forbid(self, made: Sequence[int]) -> None:
        """Not all of these journeys together."""
        self._solver.addRow(0.0, len(made) - 1.0, len(made), list(made), [1.0] * len(made))

    def _propose(self, first: Sequence[int]) -> None:
        """Where to begin: the plan as it is."""
        values = [float(place in set(first)) for place in range(len(self._model.journeys))]
        self._solver.setSolution(len(values), list(range(len(values))), values)

    def _program(self) -> Any:  # noqa: ANN401 - a type of a library that may be absent
        model, program = self._model, self._highs.HighsLp()
        kinds, yes_or_no = self._highs.HighsVarType, len(model.journeys)
        numbers = len(model.costs) - yes_or_no
        program.num_col_, program.num_row_ = len(model.costs), len(model.rows)
        program.col_cost_ = list(model.costs)
        program.col_lower_ = [0.0] * len(model.costs)
        program.col_upper_ = [1.0] * yes_or_no + [LARGEST] * numbers
        program.integrality_ = [kinds.kInteger] * yes_or_no + [kinds.kContinuous] * numbers
        program.row_lower_ = [row.low for row in model.rows]
        program.row_upper_ = [row.high for row in model.rows]
        self._fill(program.a_matrix_, model.rows)
        return program

    def _fill(self, matrix: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - as above
        matrix.format_ = self._highs.MatrixFormat.kRowwise
        matrix.start_ = [0, *accumulate(len(row.coefficients) for row in rows)]
        matrix.index_ = [column for row in rows for column in row.coefficients]
        matrix.value_ = [value for row in rows for value in row.coefficients.values()]


def library() -> Any:  # noqa: ANN401 - as above
    """Raises BadPolicy where it is not installed. It takes a while to load, which only those pay who want it."""
    try:
        import highspy  # noqa: PLC0415 - as said above
    except ImportError as error:
        raise BadPolicy(
            f"exact_seconds needs the Python library highspy ({error}); install it for the Python that runs the "
            "module, for example with pip install highspy, or leave exact_seconds at 0"
        ) from error
    return highspy

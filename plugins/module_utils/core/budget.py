# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How far a search may go: so many candidates, and as long as there is time."""

from __future__ import annotations

from collections.abc import Callable

# So many for the few moves of a cycle; whoever allows more moves has more looked at.
MOST_EVALUATIONS, FOR_EACH_MOVE = 200_000, 25_000
TIME_IS_UP = "the time for planning was up"


def evaluations_for(max_moves: int) -> int:
    """How many candidates may be looked at (drs-model 6.3)."""
    return max(MOST_EVALUATIONS, FOR_EACH_MOVE * max_moves)


def never() -> bool:
    """There is time."""
    return False


class Budget:
    """Shared by all planners of one plan. What was found before it was spent stays (drs-model 6.3)."""

    def __init__(self, is_time_up: Callable[[], bool] = never, evaluations: int = MOST_EVALUATIONS) -> None:
        self._is_time_up, self._left, self._at_first = is_time_up, evaluations, evaluations
        self.cut_short: str | None = None

    def again(self) -> Budget:
        """As many candidates once more, within the same time."""
        return Budget(self._is_time_up, self._at_first)

    def has_time(self) -> bool:
        """However many candidates were looked at: what is broken is mended all the same."""
        if self._is_time_up():
            self.cut_short = TIME_IS_UP
        return self.cut_short != TIME_IS_UP

    def allows(self, evaluations: int = 0) -> bool:
        """Whether to go on and look at so many candidates more; once the answer is no, it stays so."""
        self._left -= evaluations
        if self.has_time() and self._left < 0:
            self.cut_short = "there are too many possible moves to look at all of them"
        return self.cut_short is None

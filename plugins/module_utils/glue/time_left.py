# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How long an execution will still take, by the estimates of its plan and by how these held so far."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Plan, PlannedMove, Step

# Estimates are scaled by what moves took so far, within these bounds: a single odd move says little.
SLOWEST, FASTEST = 5.0, 0.2


@dataclass(slots=True)
class Pending:
    """A move of the present step that has not ended; `began` is None until it is started."""

    seconds: float
    began: float | None = None


class TimeLeft:
    """Follows one execution; `settle_seconds` is the pause after each step."""

    def __init__(self, plan: Plan, settle_seconds: float) -> None:
        self._settle = settle_seconds
        self._ahead = {number: step.seconds for number, step in enumerate(plan.steps, start=1)}
        self._pending: dict[Move, Pending] = {}
        self._took = self._expected = 0.0
        self._some_wait = False

    def enters(self, number: int, step: Step) -> None:
        """The step is no longer ahead."""
        self._ahead.pop(number, None)
        self._pending = {planned.move: Pending(planned.cost.seconds) for planned in step.moves}
        self._some_wait = False

    def launches(self, planned: PlannedMove, now: float) -> None:
        self._pending[planned.move] = Pending(planned.cost.seconds, now)

    def ends(self, move: Move, seconds: float, *, is_typical: bool) -> None:
        """Learns from a move that was carried out; one that was not is only crossed off."""
        known = self._pending.pop(move, None)
        if known and is_typical:
            self._took += seconds
            self._expected += known.seconds
        self._some_wait = any(pending.began is None for pending in self._pending.values())

    def seconds(self, now: float) -> float:
        """The moves of a step go side by side, or as many at once as now, when some still wait after others have ended."""
        waits = [_rest(pending, self._pace, now) for pending in self._pending.values()]
        in_flight = sum(pending.began is not None for pending in self._pending.values())
        in_turn = sum(waits) / max(1, in_flight) if self._some_wait else 0.0
        pauses = self._settle * (len(self._ahead) + bool(self._pending))
        return max(in_turn, *waits, 0.0) + pauses + self._pace * sum(self._ahead.values())

    @property
    def _pace(self) -> float:
        """1 where moves take what was estimated, more where they take longer."""
        if not self._expected:
            return 1.0
        return min(SLOWEST, max(FASTEST, self._took / self._expected))


def _rest(pending: Pending, pace: float, now: float) -> float:
    elapsed = now - pending.began if pending.began is not None else 0.0
    return max(0.0, pending.seconds * pace - elapsed)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What became of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Plan, PlannedMove

DONE = "done"
FAILED = "failed"
SKIPPED = "skipped"
RUNNING = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One start of a move: where to, how it ended, and by which task of PVE."""

    target: str
    reason: str
    upid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveOutcome:
    """One move: done, failed, skipped (never started) or running (still under way when we had to stop).

    `node` is where the guest was last seen; None where the cluster could not be asked any more. `began` is when it
    was started, in seconds since the epoch; None when it never was. A failed move that was tried again on another
    node has that one as its target, and is `instead_of` the move of the plan; `attempts` are all starts, the last one
    included.
    """

    planned: PlannedMove
    status: str
    reason: str
    node: str | None
    began: float | None = None
    seconds: float = 0.0
    upid: str | None = None
    warnings: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    was_cancelled: bool = False
    instead_of: Move | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All moves of a plan, in its order; `interrupted_by` names the signal or limit that ended it early.

    `warnings` are about the run as a whole, `later_plans` took the place of what was left of the ones before them;
    their moves come last.
    """

    moves: tuple[MoveOutcome, ...]
    interrupted_by: str | None = None
    warnings: tuple[str, ...] = ()
    later_plans: tuple[Plan, ...] = ()

    def with_status(self, status: str) -> tuple[MoveOutcome, ...]:
        return tuple(move for move in self.moves if move.status == status)

    @property
    def changed(self) -> bool:
        """Something was moved, or may still be moving; a failed migration may have moved its guest all the same."""
        return any(
            move.status in (DONE, RUNNING) or (move.status == FAILED and move.node == move.planned.move.target)
            for move in self.moves
        )

    @property
    def is_complete(self) -> bool:
        return self.interrupted_by is None and all(move.status == DONE for move in self.moves)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is carried out, in plain lines of the system log as it happens."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Plan, PlannedMove, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import MoveOutcome, Outcome
from ansible_collections.pve.drs.plugins.module_utils.glue.accounts import account, label
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher


class Journal:
    """The system log of the machine; nothing is written before a module opens it."""

    def __init__(self) -> None:
        self._write: Callable[[str], None] | None = None

    def open(self, write: Callable[[str], None]) -> None:
        self._write = write

    def write(self, line: str) -> None:
        if self._write:
            self._write(line)


# A process runs one module.
JOURNAL = Journal()


class JournalWatcher(Watcher):
    """A line for each start and each result; at the end for results that had to be corrected, too."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._told: dict[Move, str] = {}
        self._step, self._steps = 0, 0

    def begins(self, plan: Plan, now: float) -> None:  # noqa: ARG002 - the log has times of its own
        self._steps = len(plan.steps)

    def enters(self, number: int, step: Step, now: float) -> None:  # noqa: ARG002 - as before
        self._step = number

    def launches(self, planned: PlannedMove, now: float) -> None:  # noqa: ARG002 - as before
        move = planned.move
        where = f"step {self._step} of {self._steps}"
        self._write(f"started: {label(planned)} {move.source} -> {move.target}, {where}: {planned.reason}")

    def ends(self, moved: MoveOutcome, now: float) -> None:  # noqa: ARG002 - as before
        self._tell(moved)

    def finishes(self, outcome: Outcome, now: float) -> None:  # noqa: ARG002 - as before
        for moved in outcome.moves:
            self._tell(moved)

    def _tell(self, moved: MoveOutcome) -> None:
        """Once, unless it changes."""
        line = f"{moved.status}: {account(moved)}"
        if self._told.get(moved.planned.move) != line:
            self._told[moved.planned.move] = line
            self._write(line)

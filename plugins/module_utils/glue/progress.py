# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is carried out, as a stream of events that others can follow: one JSON object a line."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import IO, Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan, PlannedMove, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, MoveOutcome, Outcome
from ansible_collections.pve.drs.plugins.module_utils.glue.time_left import TimeLeft
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher

VARIABLE = "PVE_DRS_PROGRESS"
READABLE_BY_US = 0o600
STATUSES = ("done", "failed", "skipped", "running")


class ProgressStream(Watcher):
    """Writes a new file into the folder for each execution; nothing where nothing is to be moved."""

    def __init__(self, folder: Path, settle_seconds: float) -> None:
        self._folder = folder
        self._settle = settle_seconds
        self._file: IO[str] | None = None
        self._numbers = {"step": 0, "steps": 0, "done": 0, "total": 0}
        self._left: TimeLeft | None = None

    def begins(self, plan: Plan, now: float) -> None:
        """Raises OSError when the folder cannot be written to."""
        if not plan.moves:
            return
        self._numbers |= {"steps": len(plan.steps), "total": len(plan.moves)}
        self._left = TimeLeft(plan, self._settle)
        name = self._folder / f"{os.getpid()}-{time.monotonic_ns()}.jsonl"
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, READABLE_BY_US)
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self._tell("begins", now, cluster=plan.cluster.name)

    def enters(self, number: int, step: Step, now: float) -> None:
        if self._left:
            self._left.enters(number, step)
            self._numbers["step"] = number
            self._tell("step", now, moves=len(step.moves))

    def launches(self, planned: PlannedMove, now: float) -> None:
        if self._left:
            self._left.launches(planned, now)
            self._tell("started", now, **_move(planned), estimated_seconds=round(planned.cost.seconds, 1))

    def ends(self, moved: MoveOutcome, now: float) -> None:
        if self._left:
            self._left.ends(moved.planned.move, moved.seconds, is_typical=moved.status == DONE)
            self._numbers["done"] += 1
            ended = {"node": moved.node, "seconds": round(moved.seconds, 1), "reason": moved.reason}
            self._tell(moved.status, now, **_move(moved.planned), **ended)

    def finishes(self, outcome: Outcome, now: float) -> None:
        if self._file:
            counts = {status: len(outcome.with_status(status)) for status in STATUSES}
            self._tell("finished", now, counts=counts, interrupted_by=outcome.interrupted_by)
            self._file.close()
            self._file = self._left = None

    def _tell(self, event: str, now: float, **more: Any) -> None:  # noqa: ANN401 - whatever JSON takes
        """At once, so that a reader is never behind."""
        if self._file and self._left:
            left = {"left_seconds": round(self._left.seconds(now), 1)}
            line = {"event": event, "time": round(now, 1), **self._numbers, **left, **more}
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()


def _move(planned: PlannedMove) -> dict[str, Any]:
    move = planned.move
    return {"vmid": move.vmid, "name": planned.guest_name, "source": move.source, "target": move.target}

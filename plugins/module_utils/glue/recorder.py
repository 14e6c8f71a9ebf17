# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Write into the state file what a run does, while it does it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.errors import StateUnusable
from ansible_collections.pve.drs.plugins.module_utils.core.model.learned import Copied, Transfer
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Assessment, Move, Plan, PlannedMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import RUNNING, MoveOutcome, Outcome
from ansible_collections.pve.drs.plugins.module_utils.core.model.record import FlightRecord, MoveRecord, RunRecord
from ansible_collections.pve.drs.plugins.module_utils.core.transfers import streams_beside, transfer_of
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Flight
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.flights import record_flight
from ansible_collections.pve.drs.plugins.module_utils.state.runs import end_run, record_move, record_run
from ansible_collections.pve.drs.plugins.module_utils.state.transfers import record_transfers

# What each of these moves has sent, as far as that is known.
Sent = Callable[[Sequence[MoveOutcome]], Mapping[Move, Copied]]


def nothing_known(_moves: Sequence[MoveOutcome]) -> Mapping[Move, Copied]:
    """Where nobody asks what was sent."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who runs what; `sent` is asked once, when everything has ended, and not by a run that is to end early."""

    command: str
    owner: str
    sent: Sent = nothing_known


class Recorder(Watcher):
    """Every event is a transaction of its own.

    A state file that fails does not hold up the run: only its end is tried once more. `warnings` say so.
    """

    def __init__(self, state: StateFile, author: Author) -> None:
        self.warnings: list[str] = []
        self._state = state
        self._author = author
        self._run: RunRecord | None = None
        self._loads: Mapping[str, tuple[float, float]] = {}
        self._numbers: dict[Move, int] = {}

    def begins(self, plan: Plan, now: float) -> None:
        self._loads = _loads(plan.before, plan.after)
        self._run = _opened(plan, self._author, now)
        self._write(partial(record_run, self._state, self._run))

    def launches(self, planned: PlannedMove, now: float) -> None:
        record = self._record(planned, RUNNING, began=now)
        self._put_flight(record, _flight(record, now))

    def flies(self, flight: Flight, now: float) -> None:  # noqa: ARG002 - the moment is in what is told
        record = replace(self._record(flight.planned, RUNNING, began=flight.epoch), upid=flight.upid)
        known = tuple(sorted(flight.known))
        seen = replace(_flight(record, flight.epoch), sid=flight.sid, is_ha=flight.is_ha, known=known)
        self._put_flight(record, seen)

    def ends(self, moved: MoveOutcome, now: float) -> None:  # noqa: ARG002 - the moment is in what is told
        self._write(partial(record_move, self._state, self._open_run.cluster, self._ended(moved)))

    def finishes(self, outcome: Outcome, now: float) -> None:
        copied = {} if outcome.interrupted_by else self._author.sent(outcome.moves)
        sent = {move: found.bytes for move, found in copied.items()}
        moves = [replace(self._ended(moved), bytes=sent.get(moved.planned.move)) for moved in outcome.moves]
        run = replace(self._open_run, ended=now, result=_result(outcome))
        self._attempt(partial(end_run, self._state, run, moves, now))
        if copied:
            transfers = tuple(self._transfers(outcome.moves, copied))
            self._write(partial(record_transfers, self._state, run.cluster, transfers, now))

    def _transfers(self, moves: Sequence[MoveOutcome], copied: Mapping[Move, Copied]) -> Iterator[Transfer]:
        for moved in moves:
            found = copied.get(moved.planned.move)
            if found and moved.seconds > 0:
                number = self._numbers[moved.planned.move]
                yield transfer_of(self._open_run.run, number, moved, found, streams_beside(moved, moves))

    @property
    def _open_run(self) -> RunRecord:
        if self._run is None:
            raise RuntimeError("an event of a run that has not begun")
        return self._run

    def _put_flight(self, record: MoveRecord, flight: FlightRecord) -> None:
        self._write(partial(record_flight, self._state, self._open_run.cluster, flight, record))

    def _ended(self, moved: MoveOutcome) -> MoveRecord:
        record = self._record(moved.planned, moved.status, began=moved.began)
        return replace(record, end_reason=moved.reason, seconds=moved.seconds, upid=moved.upid)

    def _record(self, planned: PlannedMove, status: str, *, began: float | None) -> MoveRecord:
        """With the same number each time."""
        move = planned.move
        source, target = self._loads.get(move.source, (None, None)), self._loads.get(move.target, (None, None))
        return MoveRecord(
            run=self._open_run.run,
            number=self._numbers.setdefault(move, len(self._numbers) + 1),
            vmid=move.vmid,
            name=planned.guest_name,
            source=move.source,
            target=move.target,
            mode=planned.mode,
            category=planned.category,
            reason=planned.reason,
            source_before=source[0],
            source_after=source[1],
            target_before=target[0],
            target_after=target[1],
            status=status,
            began=began,
        )

    def _write(self, work: Callable[[], None]) -> None:
        """Not again after a failure: each would make the run wait."""
        if not self.warnings:
            self._attempt(work)

    def _attempt(self, work: Callable[[], None]) -> None:
        try:
            work()
        except StateUnusable as error:
            self.warnings.append(f"what this run did is not recorded completely: {error}")


def _opened(plan: Plan, author: Author, now: float) -> RunRecord:
    return RunRecord(
        run=uuid.uuid4().hex,
        cluster=plan.cluster.name,
        command=author.command,
        owner=author.owner,
        began=now,
        policy=plan.policy.name,
        method=plan.policy.method,
        fingerprint=plan.fingerprint,
        triggers=tuple(f"{trigger.name}: {trigger.reason}" for trigger in plan.before.triggers),
        planned=len(plan.moves),
    )


def _loads(before: Assessment, after: Assessment) -> dict[str, tuple[float, float]]:
    """By node, as it was found and as the whole plan leaves it."""
    then = {load.node: load.load for load in after.loads}
    return {load.node: (load.load, then[load.node]) for load in before.loads if load.node in then}


def _flight(record: MoveRecord, began: float) -> FlightRecord:
    return FlightRecord(
        vmid=record.vmid,
        run=record.run,
        number=record.number,
        source=record.source,
        target=record.target,
        began=began,
        upid=record.upid,
    )


def _result(outcome: Outcome) -> str:
    if outcome.interrupted_by:
        return "interrupted"
    return "complete" if outcome.is_complete else "incomplete"

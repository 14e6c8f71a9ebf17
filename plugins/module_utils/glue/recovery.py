# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Moves that an earlier run left in flight: what became of each, and its place in the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Cost, Move, PlannedMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import RUNNING, MoveOutcome
from ansible_collections.pve.drs.plugins.module_utils.core.model.record import FlightRecord, MoveRecord
from ansible_collections.pve.drs.plugins.module_utils.glue.turn import moment
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Ending, Flight
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings, follow
from ansible_collections.pve.drs.plugins.module_utils.pve.values import number
from ansible_collections.pve.drs.plugins.module_utils.pve.verify import landed, places
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.flights import recall_flights
from ansible_collections.pve.drs.plugins.module_utils.state.runs import close_runs, recall_move, record_move

# By so much the clock of a node may be behind ours: a task that began before that is not ours.
SKEW_SECONDS = 60.0
NO_COST = Cost(seconds=0.0, bytes=0.0, downtime_seconds=0.0)


@dataclass(frozen=True, slots=True)
class Found:
    """A move of an earlier run, and what became of it."""

    flight: FlightRecord
    moved: MoveOutcome

    def __str__(self) -> str:
        name, where = self.moved.planned.guest_name, self.moved.node or "an unknown node"
        label = f"{self.flight.vmid} ({name})" if name else str(self.flight.vmid)
        return (
            f"an earlier run ended while guest {label} was on its way {self.flight.source} -> {self.flight.target} "
            f"(begun {moment(self.flight.began)}): {self.moved.status}, it is on {where}: {self.moved.reason}"
        )


def left_in_flight(state: StateFile, cluster: str) -> tuple[str, ...]:
    """What a run in check mode says of them. Raises StateUnusable."""
    return tuple(
        f"guest {flight.vmid} was on its way {flight.source} -> {flight.target} (begun {moment(flight.began)}) when an "
        "earlier run ended: the next run that is not in check mode finds out what became of it"
        for flight in recall_flights(state, cluster)
    )


def recover(state: StateFile, cluster: str, around: Surroundings) -> tuple[Found, ...]:
    """Follows what still runs, completes the record of what has ended; the lock has to be ours.

    What we have to leave before its end, because we are asked to stop, stays in flight. Raises ApiError, StateUnusable.
    """
    left = recall_flights(state, cluster)
    found = _followed(state, left, around) if left else ()
    for each in found:
        record_move(state, cluster, _completed(state, each, around.api))
    close_runs(state, cluster, around.clock.epoch())
    return found


def _followed(state: StateFile, left: Sequence[FlightRecord], around: Surroundings) -> tuple[Found, ...]:
    seen = places(around.api)
    flights = [_flight(state, record, seen, around) for record in left]
    endings: dict[int, Ending] = {}
    for _unused in follow(flights, around, endings):
        pass
    seen, now = places(around.api), around.clock.now()
    return tuple(
        Found(record, landed(flight, endings[record.vmid], seen, now))
        for record, flight in zip(left, flights, strict=True)
    )


def _flight(state: StateFile, record: FlightRecord, seen: Mapping[int, Guest], around: Surroundings) -> Flight:
    """As if this run had started it back then, and heard of it just now."""
    now, age = around.clock.now(), max(0.0, around.clock.epoch() - record.began)
    guest = seen.get(record.vmid) or Guest(vmid=record.vmid, node=record.source)
    known = frozenset(record.known) or (frozenset() if record.upid else _older_tasks(around.api, record))
    flight = Flight(
        planned=_planned(record, recall_move(state, record.run, record.number), guest),
        sid=record.sid or guest.sid,
        is_ha=guest.is_ha if record.is_ha is None else record.is_ha,
        began=now - age,
        epoch=record.began,
        upid=record.upid,
        known=known,
    )
    flight.last_heard = now
    return flight


def _older_tasks(api: Api, record: FlightRecord) -> frozenset[str]:
    """The run ended before it could note which tasks there were."""
    try:
        tasks = api.guest_tasks(record.source, record.vmid)
    except ApiError:
        return frozenset()
    latest = record.began - SKEW_SECONDS
    return frozenset(str(task.get("upid")) for task in tasks if (number(task.get("starttime")) or 0.0) < latest)


def _planned(record: FlightRecord, move: MoveRecord | None, guest: Guest) -> PlannedMove:
    return PlannedMove(
        move=Move(record.vmid, record.source, record.target),
        guest_name=move.name if move else guest.name,
        guest_type=guest.type,
        memory_bytes=guest.demand.memory,
        mode=move.mode if move else "live",
        category=move.category if move else "",
        reason=move.reason if move else "",
        gain=0.0,
        cost=NO_COST,
    )


def _completed(state: StateFile, found: Found, api: Api) -> MoveRecord:
    flight, moved = found.flight, found.moved
    move = recall_move(state, flight.run, flight.number) or _unrecorded(found)
    seconds = 0.0 if moved.status == RUNNING else _seconds(api, flight, moved)
    reason = f"found by a later run: {moved.reason}"
    return replace(move, status=moved.status, end_reason=reason, seconds=seconds, upid=moved.upid)


def _unrecorded(found: Found) -> MoveRecord:
    flight, planned = found.flight, found.moved.planned
    return MoveRecord(
        run=flight.run,
        number=flight.number,
        vmid=flight.vmid,
        name=planned.guest_name,
        source=flight.source,
        target=flight.target,
        mode=planned.mode,
        category=planned.category,
        reason=planned.reason,
        status=RUNNING,
        began=flight.began,
    )


def _seconds(api: Api, flight: FlightRecord, moved: MoveOutcome) -> float:
    """By the task itself, which may have ended long before anybody looked."""
    try:
        tasks = api.guest_tasks(flight.source, flight.vmid)
    except ApiError:
        return moved.seconds
    task = next((row for row in tasks if row.get("upid") == moved.upid), {})
    began, ended = number(task.get("starttime")), number(task.get("endtime"))
    return moved.seconds if began is None or ended is None else ended - began

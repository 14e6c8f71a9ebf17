# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Where the guests really are, and what that makes of each move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import PlannedMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import (
    DONE,
    FAILED,
    RUNNING,
    SKIPPED,
    Attempt,
    MoveOutcome,
)
from ansible_collections.pve.drs.plugins.module_utils.pve import ha
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Ending, Flight
from ansible_collections.pve.drs.plugins.module_utils.pve.translate import guests_of

# Guests by vmid as one listing shows them; None when no listing could be had.
Places: TypeAlias = "Mapping[int, Guest] | None"
UNVERIFIED = "where it is now could not be verified: the API does not answer"


def places(api: Api) -> dict[int, Guest]:
    """A fresh listing. Raises ApiError."""
    return {guest.vmid: guest for guest in guests_of(api.guest_resources())}


def skipped(planned: PlannedMove, reason: str, found: Places) -> MoveOutcome:
    """It was never started."""
    return MoveOutcome(planned=planned, status=SKIPPED, reason=reason, node=_node(found, planned.move.vmid))


def refused(planned: PlannedMove, reason: str, found: Places) -> MoveOutcome:
    """PVE refused to start it."""
    attempts = (Attempt(target=planned.move.target, reason=reason),)
    node = _node(found, planned.move.vmid)
    return MoveOutcome(planned=planned, status=FAILED, reason=reason, node=node, attempts=attempts)


def landed(flight: Flight, ending: Ending, found: Places, now: float) -> MoveOutcome:
    """What PVE said about the end, held against where the guest is."""
    status, reason, warnings = _verdict(flight, ending, found)
    return MoveOutcome(
        planned=flight.planned,
        status=status,
        reason=reason,
        node=_node(found, flight.move.vmid),
        began=flight.epoch,
        seconds=(now if flight.ended is None else flight.ended) - flight.began,
        upid=flight.upid,
        warnings=warnings,
        attempts=(Attempt(target=flight.move.target, reason=reason, upid=flight.upid),),
        was_cancelled=flight.cancelled is not None,
    )


def joined(first: MoveOutcome | None, second: MoveOutcome) -> MoveOutcome:
    """Of a move and of its second try; one that was not started leaves the first as it is."""
    if first is None or (first.status == SKIPPED and second.status != SKIPPED):
        return second
    if second.status == SKIPPED:
        return replace(first, reason=f"{first.reason}; not tried again: {second.reason}")
    return replace(
        second,
        reason=f"{second.reason}, after {first.planned.move.target} had failed: {first.reason}",
        warnings=(*first.warnings, *second.warnings),
        attempts=(*first.attempts, *second.attempts),
    )


def _verdict(flight: Flight, ending: Ending, found: Places) -> tuple[str, str, tuple[str, ...]]:
    move, problem = flight.move, ending.problem or ""
    guest = found.get(move.vmid) if found is not None else None
    if found is None:
        status = RUNNING if ending.is_open else FAILED if problem else DONE
        return status, problem or f"moved to {move.target}", (*ending.warnings, UNVERIFIED)
    if guest is None:
        return FAILED, "it no longer exists, or cannot be seen any more", ending.warnings
    if guest.node == move.target and not _is_on_its_way(guest):
        return DONE, f"moved to {move.target}", (*ending.warnings, *([problem] if problem else []))
    if ending.is_open and (_is_on_its_way(guest) or flight.is_ha or guest.node == move.source):
        return RUNNING, problem, ending.warnings
    if flight.cancelled is not None and guest.lock == "migrate":
        problem = f"{problem}; it has kept the lock migrate, which somebody has to take away (qm unlock {move.vmid})"
    if guest.node in (move.source, move.target):
        return FAILED, problem or f"PVE reports success, but it is on {guest.node}", ending.warnings
    who = "" if flight.is_ha else ": somebody else moved it"
    return FAILED, _join(problem, f"it is on {guest.node} now{who}"), ending.warnings


def _is_on_its_way(guest: Guest) -> bool:
    return guest.lock == "migrate" or guest.hastate in ha.MOVING_STATES


def _join(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def _node(found: Places, vmid: int) -> str | None:
    guest = found.get(vmid) if found else None
    return guest.node if guest else None


@dataclass(frozen=True, slots=True)
class LastLook:
    """All guests by vmid, and the nodes that are down."""

    guests: Mapping[int, Guest]
    down: frozenset[str]


def last_look(api: Api) -> LastLook:
    """Guests and nodes in one listing. Raises ApiError."""
    rows = api.resources()
    down = frozenset(
        str(row.get("node")) for row in rows if row.get("type") == "node" and row.get("status") == "offline"
    )
    return LastLook({guest.vmid: guest for guest in guests_of(rows)}, down)


def reconsider(outcomes: Sequence[MoveOutcome], found: LastLook | None) -> tuple[MoveOutcome, ...]:
    """A last look at all guests; without a listing the last places seen stay.

    Of a guest that went over another node only the last move that was started tells where it should be.
    """
    if found is None:
        return tuple(outcomes)
    return tuple(
        _seen_at_last(outcome, found.guests)
        if _went_on(outcome, outcomes[place + 1 :])
        else _on_a_dead_node(_reconsidered(outcome, found.guests), found.down)
        for place, outcome in enumerate(outcomes)
    )


def _on_a_dead_node(outcome: MoveOutcome, down: frozenset[str]) -> MoveOutcome:
    """It has arrived, and its node has gone since; for minutes its status does not tell."""
    if outcome.status != DONE or outcome.node not in down:
        return outcome
    return replace(outcome, warnings=(*outcome.warnings, f"it had arrived, but node {outcome.node} is offline now"))


def _went_on(outcome: MoveOutcome, later: Sequence[MoveOutcome]) -> bool:
    """It has arrived, and left again with the plan."""
    vmid = outcome.planned.move.vmid
    return outcome.status == DONE and any(m.planned.move.vmid == vmid and m.status != SKIPPED for m in later)


def _seen_at_last(outcome: MoveOutcome, found: Mapping[int, Guest]) -> MoveOutcome:
    return replace(outcome, node=_node(found, outcome.planned.move.vmid))


def _reconsidered(outcome: MoveOutcome, found: Mapping[int, Guest]) -> MoveOutcome:
    move, guest = outcome.planned.move, found.get(outcome.planned.move.vmid)
    if guest is None:
        return replace(outcome, node=None, reason=_join(outcome.reason, "it cannot be seen any more"))
    outcome = replace(outcome, node=guest.node)
    is_there = guest.node == move.target
    if outcome.status == DONE and not is_there:
        return replace(
            outcome,
            status=FAILED,
            reason=f"it had arrived on {move.target}, but is on {guest.node} now: moved on by somebody else, or by the HA manager",
        )
    if outcome.status == RUNNING and is_there and not _is_on_its_way(guest):
        return replace(
            outcome, status=DONE, reason=f"moved to {move.target}", warnings=(*outcome.warnings, outcome.reason)
        )
    if outcome.status == DONE and outcome.planned.mode != "offline" and guest.status in ("stopped", "paused"):
        return replace(outcome, warnings=(*outcome.warnings, f"it ran before, and is {guest.status} now"))
    return outcome

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Watch a guest that the HA manager moves on our request (pve-api 6.4): its task is not the migration."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.pve import ha
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal, NodeUnreachable
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Ending, Flight
from ansible_collections.pve.drs.plugins.module_utils.pve.ha_cause import likely_cause
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.task_end import with_cause
from ansible_collections.pve.drs.plugins.module_utils.pve.tasks import (
    CLEAN,
    REAL_MIGRATIONS,
    is_running,
    is_success,
    latest_migration,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row

SETTLED_STATES = ("started", "stopped", "disabled")
# The HA manager accepts moves that its rules forbid, carries them out, and undoes them in one of its next rounds.
ROUNDS_TO_STAY = 2
LOG_LINES = 20
# The first look sees a beat in any case; a round every ten seconds makes some more.
BEATS_OF_THE_LIVING = 3


def watch_ha(api: Api, flight: Flight, now: float, options: ExecuteOptions) -> Ending | None:
    """How it ended, or None while it is under way. Raises ApiError when the API says nothing."""
    refused = None if flight.is_requested else _watch_request(api, flight)
    if refused:
        return refused
    manager = api.ha_manager_status()
    state, node = _state_of(manager, flight.sid)
    has_beaten = _has_beaten(manager, flight)
    if state in ha.MOVING_STATES and has_beaten:
        flight.was_moving, flight.last_heard, flight.rounds = True, now, 0
        return None
    if state in SETTLED_STATES and node == flight.move.target:
        flight.rounds += has_beaten and flight.arrived is not None
        return _stay(api, flight, now, options)
    if state == "error":
        return Ending(problem="the HA manager has it in state error; disable and fix it first")
    if state in SETTLED_STATES and flight.was_moving:
        return Ending(problem=_why_failed(api, flight, _elsewhere(flight, node)))
    return _without_progress(api, flight, now, state, options)


def _state_of(manager: Row, sid: str) -> tuple[str, str]:
    """State and node of a guest, as the HA manager has them."""
    service = ha.service(manager, sid)
    return str(service.get("state") or "unknown"), str(service.get("node") or "")


def _has_beaten(manager: Row, flight: Flight) -> bool:
    """Whether the HA manager has done a round since the last look; a dead one leaves its last word standing."""
    beat, flight.manager_beat = flight.manager_beat, ha.beat(manager)
    has_beaten = beat != flight.manager_beat
    flight.beats += has_beaten
    return has_beaten


def _stay(api: Api, flight: Flight, now: float, options: ExecuteOptions) -> Ending | None:
    """It has arrived when the HA manager leaves it there."""
    if flight.arrived is None:
        flight.arrived, flight.was_moving = now, True
    flight.last_heard = now
    if flight.rounds >= ROUNDS_TO_STAY:
        return Ending(warnings=_how_it_came(api, flight))
    if now - flight.arrived < options.ha_patience_seconds:
        return None
    still = f"the HA manager has done no {ROUNDS_TO_STAY} rounds in {options.ha_patience_seconds:g} s since it arrived"
    return Ending(warnings=(*_how_it_came(api, flight), f"{still}, and may yet move it"))


def _elsewhere(flight: Flight, node: str) -> str:
    if flight.arrived is not None:
        return f"it had arrived on {flight.move.target}, but the HA manager has moved it on to {node}"
    if node == flight.move.source:
        return f"the HA manager left it on {node}"
    return f"the HA manager brought it to {node} instead"


def _how_it_came(api: Api, flight: Flight) -> tuple[str, ...]:
    """The manager is content with a guest that it had to start anew, too."""
    try:
        tasks = api.guest_tasks(flight.move.source, flight.move.vmid)
    except NodeUnreachable:
        return (f"{flight.move.source} went down meanwhile: the HA manager may have started it anew",)
    real = latest_migration(tasks, flight.known, REAL_MIGRATIONS)
    status = _told_end(api, flight, real) if real else CLEAN
    return () if status == CLEAN else (f"its task ended with: {status}",)


def _watch_request(api: Api, flight: Flight) -> Ending | None:
    """The hamigrate task only hands the request over; when it fails nothing will happen."""
    if flight.upid is None:
        flight.is_requested = True
        return None
    try:
        status = api.task_status(flight.move.source, flight.upid)
    except ApiRefusal:
        flight.is_requested = True
        return None
    if status.get("status") != "stopped":
        return None
    flight.is_requested = True
    exit_status = str(status.get("exitstatus") or "")
    return None if is_success(exit_status) else Ending(problem=_why_refused(api, flight, exit_status))


def _why_refused(api: Api, flight: Flight, exit_status: str) -> str:
    """The log explains which guest is in the way; the exit status does not."""
    try:
        lines = api.task_log(flight.move.source, str(flight.upid), limit=LOG_LINES)
    except ApiRefusal:
        lines = ()
    explanation = " ".join(line.strip() for line in lines if line.startswith(("cannot", "- ")))
    return f"the HA manager refused it: {explanation or exit_status}"


def _without_progress(api: Api, flight: Flight, now: float, state: str, options: ExecuteOptions) -> Ending | None:
    """Not begun yet, or in a state such as freeze, fence or recovery."""
    limit = options.lost_seconds if flight.was_moving else options.ha_patience_seconds
    if now - flight.last_heard < limit:
        return None
    real = _real_task(api, flight)
    if real and is_running(real):
        flight.was_moving, flight.last_heard = True, now
        return None
    if flight.beats < BEATS_OF_THE_LIVING:
        return _without_manager(flight, now, limit + options.lost_seconds)
    why = _why_failed(api, flight, _standstill(state, limit))
    return Ending(problem=why, is_open=state not in SETTLED_STATES)


def _without_manager(flight: Flight, now: float, limit: float) -> Ending | None:
    """Another node takes over from a lost master after two minutes."""
    if now - flight.last_heard < limit:
        return None
    asleep = f"the HA manager has done no round for {limit:g} s since the request, which it may yet carry out"
    return Ending(problem=asleep, is_open=True)


def _standstill(state: str, limit: float) -> str:
    if state in SETTLED_STATES:
        return f"the HA manager did not move it within {limit:g} s of the request"
    return f"the HA manager has it in state {state} for {limit:g} s"


def _why_failed(api: Api, flight: Flight, otherwise: str) -> str:
    """The real task, run by root on the source node, knows; without one that failed only its rules tell."""
    real = _real_task(api, flight)
    status = _told_end(api, flight, real) if real else CLEAN
    if not is_success(status):
        return f"{otherwise}: its task ended with: {status}"
    return f"{otherwise}; {likely_cause(api, flight.move)}"


def _told_end(api: Api, flight: Flight, task: Row) -> str:
    return with_cause(api, flight.move.source, str(task.get("upid")), str(task.get("status") or CLEAN))


def _real_task(api: Api, flight: Flight) -> Row | None:
    try:
        tasks = api.guest_tasks(flight.move.source, flight.move.vmid)
    except ApiRefusal:
        return None
    return latest_migration(tasks, flight.known, REAL_MIGRATIONS)

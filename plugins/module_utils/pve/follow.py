# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Follow started migrations to their end, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import internal_error
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Ending, Flight
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.overdue import overdue, told
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.pve.watch_ha import watch_ha
from ansible_collections.pve.drs.plugins.module_utils.pve.watch_task import watch_task


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every part of an execution needs."""

    api: Api
    clock: Clock
    stop: Stop
    options: ExecuteOptions


def follow(flights: Sequence[Flight], around: Surroundings, endings: dict[int, Ending]) -> Iterator[tuple[Flight, ...]]:
    """Fills in how each flight ended, by vmid, and gives those that ended in one round.

    Goes on as long as PVE says that the migration runs: after a pressing stop for the grace period
    only, and without any word from PVE for as long as `lost_seconds` says.
    """
    given_up_at: float | None = None
    while waiting := [flight for flight in flights if flight.move.vmid not in endings]:
        for flight in waiting:
            ending = _look(flight, around)
            if ending:
                flight.ended = around.clock.now() if ending.problem or flight.arrived is None else flight.arrived
                endings[flight.move.vmid] = ending
        if ended := tuple(flight for flight in waiting if flight.move.vmid in endings):
            yield ended
        now = around.clock.now()
        if around.stop.is_pressing and given_up_at is None:
            given_up_at = now + around.options.grace_seconds
        if given_up_at is not None and now >= given_up_at:
            _leave_open(flights, endings, f"still under way when we had to stop ({around.stop.requested})")
            return
        if len(endings) < len(flights):
            around.clock.sleep(around.options.poll_seconds)


def _look(flight: Flight, around: Surroundings) -> Ending | None:
    """One look; silence is borne for a while, and so is a bug: others are followed beside it."""
    now = around.clock.now()
    watch = watch_ha if flight.is_ha else watch_task
    try:
        ending = watch(around.api, flight, now, around.options)
        return told(flight, ending, around.options) if ending else overdue(around.api, flight, now, around.options)
    except ApiError as error:
        trouble = str(error)
    except Exception as error:  # noqa: BLE001 - no reason to lose sight of what runs
        trouble = flight.fault = internal_error(error)
    if now - flight.last_heard < around.options.lost_seconds:
        return None
    return Ending(problem=f"nothing was heard of it for {around.options.lost_seconds:g} s: {trouble}", is_open=True)


def _leave_open(flights: Sequence[Flight], endings: dict[int, Ending], why: str) -> None:
    for flight in flights:
        endings.setdefault(flight.move.vmid, Ending(problem=_told(flight, why), is_open=True))


def _told(flight: Flight, why: str) -> str:
    return why if flight.arrived is None else f"{why}; whether the HA manager leaves it there was not awaited"

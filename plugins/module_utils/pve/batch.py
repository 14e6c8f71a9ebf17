# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Moves that run side by side: start them, follow them, and see where their guests came to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.core.hours import pause_at
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Move, PlannedMove, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Ending, Flight
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import follow
from ansible_collections.pve.drs.plugins.module_utils.pve.launch import along, launch, migrate_params, prepared
from ansible_collections.pve.drs.plugins.module_utils.pve.recheck import Recheck
from ansible_collections.pve.drs.plugins.module_utils.pve.revive import revived
from ansible_collections.pve.drs.plugins.module_utils.pve.run import Run, guarded, look, pause, seen
from ansible_collections.pve.drs.plugins.module_utils.pve.verify import landed, refused, skipped

TRIES = 3
NAMES_SHOWN = 5

Group = tuple[PlannedMove, ...]


@dataclass(slots=True)
class Batch:
    """Groups of moves that run at the same time; `waited` is for how long others were waited for, in seconds.

    With `may_wait` groups that others hold up are left for later; a second try is not judged by the rest of the plan.
    """

    groups: Sequence[Group]
    waited: float = 0.0
    may_wait: bool = False
    is_second: bool = False
    flights: list[Flight] = field(default_factory=list)
    endings: dict[int, Ending] = field(default_factory=dict)

    @property
    def step(self) -> Step:
        return Step(tuple(chain.from_iterable(self.groups)))


def run_batch(run: Run, batch: Batch) -> tuple[Group, ...]:
    """To the end of all its moves; gives the groups that others hold up, which were not started."""
    batch.groups = _not_put_off(run, batch.groups)
    if not batch.groups:
        return ()
    recheck = look(run, batch.step)
    if recheck is None:
        run.skip(batch.step.moves, run.halt or "")
        return ()
    held = recheck.held_up(batch.groups) if batch.may_wait else ()
    batch.groups = [group for group in batch.groups if group not in held]
    guarded(run, lambda: _start_all(run, batch, recheck))
    _follow(run, batch)
    _account(run, batch)
    if any(run.outcomes[run.origin.get(flight.move, flight.move)].status == DONE for flight in batch.flights):
        pause(run, run.around.options.settle_seconds)
    return held


def _not_put_off(run: Run, groups: Sequence[Group]) -> Sequence[Group]:
    """Those that may be moved at this hour; the others are skipped, which is nothing that the rest has to adapt to."""
    pause = pause_at(run.plan.policy, run.around.clock.epoch())
    later = [group for group in groups if pause and group[0].category not in pause.categories]
    run.skip(chain.from_iterable(later), f"not started: {pause}")
    return [group for group in groups if group not in later]


def _start_all(run: Run, batch: Batch, recheck: Recheck) -> None:
    """Flights are added as they start, so that none is lost when something goes wrong."""
    for together in batch.groups:
        reason = run.why_stopped or _drift(run, batch, recheck, together)
        for planned in together:
            flight = None if reason else _start(run, planned, recheck, batch.flights)
            if flight:
                batch.flights.append(flight)
                run.flights[planned.move] = flight
                recheck.accept(planned)
            elif reason:
                run.note(skipped(planned, reason, recheck.guests))
            else:
                reason = f"guest {planned.move.vmid}, with which it moves together, could not be started"


def _drift(run: Run, batch: Batch, recheck: Recheck, together: Group) -> str | None:
    """Why these moves are no longer right; the first reason is kept."""
    reason = _refusal(run, batch, recheck, together)
    if reason and not batch.is_second:
        run.drift = run.drift or f"{together[0].move}: {reason}"
    return reason


def _refusal(run: Run, batch: Batch, recheck: Recheck, together: Group) -> str | None:
    refused = recheck.refusal(together)
    if refused:
        is_held = batch.waited and recheck.held_up([together])
        return f"{refused} (waited {batch.waited:.0f} s for it)" if is_held else refused
    others = recheck.others_moved(run.plan)
    is_of_use = batch.is_second or together[0].category == MANDATORY or not (run.broken or others)
    if is_of_use or not recheck.is_harmful(run.rest, together):
        return None
    if run.broken:
        return f"without {_named(run.broken)}, which did not come about, it would leave the cluster worse off"
    return f"now that somebody else moves guest {_named(others)}, it would leave the cluster worse off"


def _named(found: Sequence[Move | int]) -> str:
    more = f" and {len(found) - NAMES_SHOWN} more" if len(found) > NAMES_SHOWN else ""
    return ", ".join(map(str, found[:NAMES_SHOWN])) + more


def _start(run: Run, planned: PlannedMove, recheck: Recheck, flights: Sequence[Flight]) -> Flight | None:
    guest = recheck.guests[planned.move.vmid]
    try:
        flight = prepared(run.around.api, planned, guest, run.around.clock)
        run.audience.tell(lambda watcher, now: watcher.launches(planned, now))
        launch(run.around.api, flight, guest, migrate_params(planned, guest, run.plan.policy, recheck.found(planned)))
    except ApiError as error:
        if not recheck.comes_along(planned, flights):
            run.note(refused(planned, str(error), recheck.guests))
            return None
        flight = along(planned, guest, run.around.clock)
    run.fault = run.fault or flight.fault
    run.audience.tell(lambda watcher, now: watcher.flies(flight, now))
    return flight


def _follow(run: Run, batch: Batch) -> None:
    """To the end, also after a bug; one that comes back again and again leaves flights open."""
    for _unused in range(TRIES):
        if guarded(run, lambda: _follow_down(run, batch)):
            break
    run.fault = run.fault or next((flight.fault for flight in batch.flights if flight.fault), None)


def _follow_down(run: Run, batch: Batch) -> None:
    for ended in follow(batch.flights, run.around, batch.endings):
        _land(run, batch, ended)


def _land(run: Run, batch: Batch, flights: Iterable[Flight]) -> None:
    """Verify where they are, with one listing."""
    found, now = seen(run), run.around.clock.now()
    for flight in flights:
        ending = batch.endings.get(flight.move.vmid) or Ending(problem=run.fault, is_open=True)
        moved = landed(flight, ending, found, now)
        flight.is_down = True
        run.note(revived(run.around.api, flight, moved))


def _account(run: Run, batch: Batch) -> None:
    """What is left when following has ended: flights left open, and moves that a bug kept from starting."""
    if open_flights := [flight for flight in batch.flights if not flight.is_down]:
        _land(run, batch, open_flights)
    if not batch.is_second:
        run.give_account(batch.step)

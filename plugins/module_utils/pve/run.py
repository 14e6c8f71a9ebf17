# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What an execution has come to, and what every part of it does in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError, DrsError, PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Plan, PlannedMove, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import FAILED, SKIPPED, MoveOutcome
from ansible_collections.pve.drs.plugins.module_utils.pve.audience import Audience
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import AuthenticationFailed, internal_error
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Ending, Flight
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.recheck import Recheck, fresh_recheck
from ansible_collections.pve.drs.plugins.module_utils.pve.verify import (
    LastLook,
    Places,
    joined,
    landed,
    last_look,
    places,
    skipped,
)


@dataclass(slots=True)
class Run:
    """State of one execution. `halt` is why nothing more may be started, `fault` the bug that is to blame, if any.

    `step` counts through all plans. `drift` is the first move of the plan that turned out to be no longer right, with the reason. `past` is what became
    of plans that others have taken the place of. Outcomes are by the move of the plan; `origin` gives that for a move that was put in its place.
    """

    plan: Plan
    around: Surroundings
    audience: Audience
    outcomes: dict[Move, MoveOutcome] = field(default_factory=dict)
    origin: dict[Move, Move] = field(default_factory=dict)
    flights: dict[Move, Flight] = field(default_factory=dict)
    halt: str | None = None
    fault: str | None = None
    step: int = 0
    drift: str | None = None
    past: list[MoveOutcome] = field(default_factory=list)
    later_plans: list[Plan] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def go_on_with(self, plan: Plan) -> None:
        """Another plan takes the place of what is left of the present one."""
        self.past += self.known
        self.later_plans.append(plan)
        self.plan, self.outcomes, self.origin, self.drift = plan, {}, {}, None
        self.audience.tell(lambda watcher, now: watcher.replans(plan, now))

    @property
    def known(self) -> tuple[MoveOutcome, ...]:
        """What became of the present plan, in its order."""
        return tuple(self.outcomes[planned.move] for planned in self.plan.moves)

    def give_account(self, step: Step) -> None:
        """Of moves without a result, which only a bug of ours leaves."""
        now = self.around.clock.now()
        for planned in step.moves:
            if planned.move in self.outcomes:
                continue
            if flight := self.flights.get(planned.move):
                self.note(landed(flight, Ending(problem=self.fault, is_open=True), None, now))
            else:
                self.note(skipped(planned, f"not started: {self.fault}", None))

    def note(self, moved: MoveOutcome) -> None:
        """The result of a move, or of a second try of it, which is told to whoever watches."""
        key = self.origin.get(moved.planned.move, moved.planned.move)
        known = joined(self.outcomes.get(key), moved)
        if known.planned.move != key:
            known = replace(known, instead_of=key)
        self.outcomes[key] = known
        self.audience.tell(lambda watcher, now: watcher.ends(known, now))

    def skip(self, moves: Iterable[PlannedMove], reason: str) -> None:
        """Where the guests are is looked up once, at the end of the run."""
        for planned in moves:
            self.note(skipped(planned, reason, None))

    @property
    def rest(self) -> tuple[Move, ...]:
        """Moves of the plan without a result: under way, or not begun."""
        return tuple(planned.move for planned in self.plan.moves if planned.move not in self.outcomes)

    @property
    def broken(self) -> tuple[Move, ...]:
        """Moves of the plan that did not come about."""
        return tuple(move for move, known in self.outcomes.items() if known.status in (FAILED, SKIPPED))

    @property
    def why_stopped(self) -> str | None:
        stop = self.around.stop.requested
        why = self.fault or (f"stopped by {stop}" if stop else None)
        return f"not started: {why}" if why else None


def guarded(run: Run, work: Callable[[], None]) -> bool:
    """False when a bug ended it. What was started is accounted for, whatever goes wrong."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - nobody else would follow what runs
        run.fault = run.fault or internal_error(error)
        return False
    return True


def look(run: Run, step: Step, *, everywhere: bool = False) -> Recheck | None:
    """A fresh look, tried for a while; None when there is none to be had, with the reason in `halt`."""
    run.halt = run.halt or run.why_stopped
    if run.halt:
        return None
    try:
        return _patiently(run, lambda: fresh_recheck(run.around.api, run.plan, step, everywhere=everywhere))
    except DrsError as error:
        run.halt = f"not started: {error}"
        return None


def _patiently(run: Run, ask: Callable[[], Recheck]) -> Recheck:
    """Raises DrsError at last."""
    clock, options = run.around.clock, run.around.options
    deadline = clock.now() + options.lost_seconds
    while True:
        try:
            return ask()
        except (AuthenticationFailed, PermissionMissing):
            raise
        except ApiError:
            if clock.now() >= deadline or run.around.stop.requested:
                raise
        clock.sleep(options.poll_seconds)


def seen(run: Run) -> Places:
    """Where everybody is, or None."""
    try:
        return places(run.around.api)
    except DrsError:
        return None


def seen_at_last(run: Run) -> LastLook | None:
    """Where everybody is at the end, or None."""
    try:
        return last_look(run.around.api)
    except DrsError:
        return None


def pause(run: Run, seconds: float) -> None:
    """Cut short by a stop."""
    clock, options = run.around.clock, run.around.options
    until = clock.now() + seconds
    while clock.now() < until and not run.around.stop.requested:
        clock.sleep(min(options.poll_seconds, until - clock.now()))

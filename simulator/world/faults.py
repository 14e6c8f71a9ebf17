# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Faults as data: what goes wrong, where, how often."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

# What a fault does to an HTTP request, to a task, or to the world when either comes so far.
REQUEST_EFFECTS = ("answer", "hang", "reset", "slow")
TASK_EFFECTS = ("fail_task", "hang_task")
# Those that leave the client without the true answer.
LOSING_EFFECTS = ("answer", "hang", "reset")
ACT = "act"
EFFECTS = (*REQUEST_EFFECTS, *TASK_EFFECTS, ACT)
ENDED = "ended"
PHASES = ("prepare", "phase1", "phase2", "phase3", ENDED)


@dataclass
class Fault:
    """One rule. Empty conditions match everything; the first `skip` hits pass, then `count` uses are left (None: no limit).

    effect answer: `status` and `text` are sent (595 to 599 without a body); hang: no answer for `seconds`;
    reset: the connection breaks; slow: the answer comes `seconds` later. With `carried_out` the request has
    had its effect when that happens.
    fail_task: the task fails with `text`, hang_task: it makes no progress for `seconds` (0: never again) and is
    deaf to being stopped if it is `stubborn`; both when it reaches `phase` or `percent` of a VM's memory, or at its start.
    act: `action` with `arguments` happens (events.py) when a request comes in, or a task gets so far; `seconds` later.
    """

    effect: str
    status: int = 500
    text: str = "injected fault"
    seconds: float = 0.0
    method: str | None = None
    path: str | None = None
    node: str | None = None
    vmid: int | None = None
    task: str | None = None
    phase: str | None = None
    percent: float | None = None
    carried_out: bool = False
    stubborn: bool = False
    action: str = ""
    arguments: dict[str, object] = field(default_factory=dict)
    skip: int = 0
    count: int | None = None
    probability: float = 1.0
    name: str = ""
    used: int = 0
    skipped: int = 0

    def is_left(self) -> bool:
        return self.count is None or self.used < self.count


@dataclass(frozen=True)
class Request:
    """What faults look at in an HTTP request: the path below /api2/json, and what it names."""

    method: str
    path: str
    node: str | None = None
    vmid: int | None = None


@dataclass(frozen=True)
class TaskPoint:
    """What faults look at in a task: its type, node, guest, and the phase or the share of memory that it reaches.

    `percent` is what has arrived at the last look and at this one.
    """

    task: str
    node: str
    vmid: int | None
    phase: str = ""
    percent: tuple[float, float] = (0.0, 0.0)


class FaultBook:
    """All faults in force; each use of one is counted."""

    def __init__(self, faults: Iterable[Fault], rng: random.Random) -> None:
        self.faults = list(faults)
        self._rng = rng

    def add(self, fault: Fault) -> None:
        """Put one more fault in force."""
        self.faults.append(fault)

    def clear(self) -> None:
        """Take all faults back."""
        self.faults.clear()

    def for_request(self, request: Request) -> Fault | None:
        """The first fault that hits this request, counted as used."""
        return self._take(fault for fault in self.faults if fault.effect != ACT and _hits_request(fault, request))

    def for_task(self, point: TaskPoint) -> Fault | None:
        """The first fault that hits a task at this point, counted as used."""
        return self._take(fault for fault in self.faults if fault.effect != ACT and _hits_task(fault, point))

    def acts_at(self, reached: Request | TaskPoint) -> list[Fault]:
        """Everything that is to happen at this point, counted as used."""
        acts = [fault for fault in self.faults if fault.effect == ACT and _hits(fault, reached)]
        return [fault for fault in acts if self._take([fault])]

    def _take(self, candidates: Iterable[Fault]) -> Fault | None:
        for fault in candidates:
            if fault.skipped < fault.skip:
                fault.skipped += 1
            elif self._happens(fault):
                fault.used += 1
                return fault
        return None

    def _happens(self, fault: Fault) -> bool:
        return fault.is_left() and (fault.probability >= 1.0 or self._rng.random() < fault.probability)


def _hits(fault: Fault, reached: Request | TaskPoint) -> bool:
    return _hits_request(fault, reached) if isinstance(reached, Request) else _hits_task(fault, reached)


def _hits_request(fault: Fault, request: Request) -> bool:
    return (
        (fault.effect in REQUEST_EFFECTS or (fault.effect == ACT and not _is_of_task(fault)))
        and fault.method in (None, request.method)
        and (fault.path is None or fnmatchcase(request.path, fault.path))
        and fault.node in (None, request.node)
        and fault.vmid in (None, request.vmid)
    )


def _hits_task(fault: Fault, point: TaskPoint) -> bool:
    return (
        (fault.effect in TASK_EFFECTS or (fault.effect == ACT and _is_of_task(fault)))
        and fault.task in (None, point.task)
        and fault.node in (None, point.node)
        and fault.vmid in (None, point.vmid)
        and _is_reached(fault, point)
    )


def _is_reached(fault: Fault, point: TaskPoint) -> bool:
    if fault.percent is None:
        return (fault.phase or PHASES[0]) == point.phase
    before, now = point.percent
    return before < fault.percent <= now


def _is_of_task(fault: Fault) -> bool:
    """Whether an act waits for a task, and not for a request."""
    return fault.task is not None or fault.phase is not None or fault.percent is not None


def problem_of(fault: Fault) -> str | None:
    """Why such a fault cannot be, or None."""
    if fault.effect not in EFFECTS:
        return f"unknown effect '{fault.effect}': use one of {', '.join(EFFECTS)}"
    if fault.phase is not None and fault.phase not in PHASES:
        return f"unknown phase '{fault.phase}': use one of {', '.join(PHASES)}"
    if fault.phase is not None and fault.percent is not None:
        return "give either phase or percent"
    if fault.carried_out and fault.effect not in LOSING_EFFECTS:
        return f"carried_out is for {', '.join(LOSING_EFFECTS)}: with {fault.effect} it would happen twice"
    if fault.phase == ENDED and fault.effect != ACT:
        return "a task that has ended can neither fail nor hang any more: phase ended is for effect act"
    return None

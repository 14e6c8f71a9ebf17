# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Faults as data: what goes wrong, where, how often."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

# What a fault does to an HTTP request, or to a task.
REQUEST_EFFECTS = ("answer", "hang", "reset", "slow")
TASK_EFFECTS = ("fail_task",)
PHASES = ("prepare", "phase1", "phase2", "phase3")


@dataclass
class Fault:
    """One rule. Empty conditions match everything; `count` uses are left (None: no limit).

    effect answer: `status` and `text` are sent (595 to 599 without a body); hang: no answer for `seconds`;
    reset: the connection breaks; slow: the answer comes `seconds` later; fail_task: the task fails with
    `text` when it reaches `phase`, or at its start.
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
    count: int | None = None
    probability: float = 1.0
    name: str = ""
    used: int = 0

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
    """What faults look at in a task: its type, node, guest and the phase that it reaches."""

    task: str
    node: str
    vmid: int | None
    phase: str


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
        return self._take(fault for fault in self.faults if _hits_request(fault, request))

    def for_task(self, point: TaskPoint) -> Fault | None:
        """The first fault that hits a task at this point, counted as used."""
        return self._take(fault for fault in self.faults if _hits_task(fault, point))

    def _take(self, candidates: Iterable[Fault]) -> Fault | None:
        for fault in candidates:
            if self._happens(fault):
                fault.used += 1
                return fault
        return None

    def _happens(self, fault: Fault) -> bool:
        return fault.is_left() and (fault.probability >= 1.0 or self._rng.random() < fault.probability)


def _hits_request(fault: Fault, request: Request) -> bool:
    return (
        fault.effect in REQUEST_EFFECTS
        and fault.method in (None, request.method)
        and (fault.path is None or fnmatchcase(request.path, fault.path))
        and fault.node in (None, request.node)
        and fault.vmid in (None, request.vmid)
    )


def _hits_task(fault: Fault, point: TaskPoint) -> bool:
    return (
        fault.effect in TASK_EFFECTS
        and fault.task in (None, point.task)
        and fault.node in (None, point.node)
        and fault.vmid in (None, point.vmid)
        and (fault.phase or "prepare") == point.phase
    )

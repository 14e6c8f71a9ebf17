# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Tasks: UPIDs, logs, exit statuses, archives of nodes."""

from __future__ import annotations

import random
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from simulator.clock import Clock, log_time

from .errors import Interrupted, TaskFailed, bad_parameters
from .model import Node
from .process import Body, Process

ARCHIVE_SIZE = 2000
UPID = re.compile(
    r"UPID:(?P<node>[a-zA-Z0-9]([a-zA-Z0-9\-]*[a-zA-Z0-9])?):(?P<pid>[0-9A-Fa-f]{8}):(?P<pstart>[0-9A-Fa-f]{8,9}):"
    r"(?P<start>[0-9A-Fa-f]{8}):(?P<type>[^:\s/]+):(?P<id>[^:\s/]*):(?P<user>[^:\s/]+):"
)


@dataclass(frozen=True)
class Caller:
    """Who asks: `user@realm`, and the token name when a token was used."""

    user: str
    token: str | None = None

    @property
    def full(self) -> str:
        return f"{self.user}!{self.token}" if self.token else self.user

    @property
    def is_root(self) -> bool:
        """root@pam itself; a token of root is not root."""
        return self.user == "root@pam" and self.token is None


ROOT = Caller("root@pam")


@dataclass(eq=False)
class Task:
    """One worker; log lines are plain texts, times epoch seconds."""

    upid: str
    node: str
    pid: int
    pstart: int
    began: float
    type: str
    id: str
    caller: Caller
    clock: Clock
    log: list[str] = field(default_factory=list)
    exitstatus: str | None = None
    endtime: int | None = None
    warnings: int = 0
    process: Process | None = None

    @property
    def starttime(self) -> int:
        """Start as the API shows it, whole seconds."""
        return int(self.began)

    @property
    def is_running(self) -> bool:
        return self.exitstatus is None

    def say(self, text: str) -> None:
        """Append a log line with the time before it, as migrations do."""
        self.log.append(f"{log_time(self.clock.now)} {text}")

    def print(self, text: str) -> None:
        """Append a log line as it is."""
        self.log.append(text)

    def warn(self, text: str) -> None:
        """Append a warning; a task with warnings ends with `WARNINGS: n`."""
        self.warnings += 1
        self.log.append(f"WARN: {text}")


# A body is made from its task, so that it can write to the log.
MakeBody = Callable[[Task], Body]


class TaskBook:
    """All tasks that nodes still know."""

    def __init__(self, clock: Clock, nodes: dict[str, Node], rng: random.Random) -> None:
        self._clock = clock
        self._nodes = nodes
        self._rng = rng
        self._pid = rng.randrange(3_000, 60_000)
        self._by_upid: dict[str, Task] = {}
        self._of_node: dict[str, deque[Task]] = defaultdict(deque)
        self._listeners: list[Callable[[Task], None]] = []

    def when_ended(self, listener: Callable[[Task], None]) -> None:
        """Call the listener with each task that ends."""
        self._listeners.append(listener)

    def start(self, node: str, kind: str, ident: str, caller: Caller, make_body: MakeBody) -> Task:
        """Start a worker on a node; it runs until its first pause at once."""
        task = self._new(node, kind, ident, caller)
        self._remember(task)
        task.process = Process(self._clock, make_body(task), lambda failure: self._end(task, failure))
        task.process.start()
        return task

    def find(self, node: str, upid: str) -> Task:
        """The task, asked for on that node; 400 with errors.upid as the API says it."""
        if not UPID.fullmatch(upid):
            raise bad_parameters({"upid": "unable to parse worker upid"})
        task = self._by_upid.get(upid)
        if task is None or task.node != node:
            raise bad_parameters({"upid": "no such task"})
        return task

    def get(self, upid: str) -> Task | None:
        """The task, wherever it runs."""
        return self._by_upid.get(upid)

    def of_node(self, node: str) -> Iterator[Task]:
        """Tasks of a node, the latest first."""
        return iter(self._of_node[node])

    def running(self) -> list[Task]:
        """All tasks under way, in the order of their start."""
        return [task for task in self._by_upid.values() if task.is_running]

    def stop(self, task: Task) -> None:
        """What DELETE does: interrupt the worker, harmless when it is over."""
        self.interrupt(task, Interrupted("received interrupt"))

    def interrupt(self, task: Task, error: TaskFailed) -> None:
        """Raise an error in a worker; harmless when it is over."""
        if task.process is not None and task.is_running:
            task.process.interrupt(error)

    def lose(self, node: str) -> None:
        """The node lost power: its workers end without a last word."""
        for task in [task for task in self._of_node[node] if task.is_running]:
            self.interrupt(task, PowerLost("unexpected status"))

    def _new(self, node: str, kind: str, ident: str, caller: Caller) -> Task:
        self._pid += self._rng.randrange(1, 9)
        now = self._clock.now
        pstart = int((now - self._nodes[node].boot_time) * 100) % 0x1_0000_0000
        upid = f"UPID:{node}:{self._pid:08X}:{pstart:08X}:{int(now):08X}:{kind}:{ident}:{caller.full}:"
        return Task(upid, node, self._pid, pstart, now, kind, ident, caller, self._clock)

    def _remember(self, task: Task) -> None:
        self._by_upid[task.upid] = task
        mine = self._of_node[task.node]
        mine.appendleft(task)
        if len(mine) > ARCHIVE_SIZE and not mine[-1].is_running:
            del self._by_upid[mine.pop().upid]

    def _end(self, task: Task, failure: TaskFailed | None) -> None:
        task.endtime = int(self._clock.now)
        task.exitstatus = _exit_status(task, failure)
        if not isinstance(failure, PowerLost):
            task.log.append(_last_line(task))
        for listener in self._listeners:
            listener(task)


class PowerLost(TaskFailed):
    """The node of a worker lost power; nothing can be cleaned up."""


def _exit_status(task: Task, failure: TaskFailed | None) -> str:
    if failure is not None:
        return " ".join(str(failure).split("\n")).strip()
    return f"WARNINGS: {task.warnings}" if task.warnings else "OK"


def _last_line(task: Task) -> str:
    if task.exitstatus == "OK":
        return "TASK OK"
    if task.exitstatus is not None and task.exitstatus.startswith("WARNINGS: "):
        return f"TASK {task.exitstatus}"
    return f"TASK ERROR: {task.exitstatus}"

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What faults do to tasks, and what happens when a request or a task gets to a certain point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import TaskFailed
from .events import act
from .faults import ENDED, Fault, Request, TaskPoint
from .process import Body
from .tasks import PowerLost, Task

if TYPE_CHECKING:
    from .world import World

FOR_EVER_SECONDS = 10 * 365 * 86400.0


def suffer(world: World, task: Task, phase: str = "", percent: tuple[float, float] = (0.0, 0.0)) -> Body:
    """What is to happen when a task comes so far; raises TaskFailed when it is to fail."""
    point = _point(task, phase, percent)
    for happening in world.faults.acts_at(point):
        _later(world, happening)
    fault = world.faults.for_task(point)
    if fault is None:
        return
    if fault.effect == "hang_task":
        yield from _hang(world, fault)
    elif fault.seconds:
        failure = TaskFailed(fault.text)
        world.clock.call_later(fault.seconds, lambda: world.tasks.interrupt(task, failure))
    else:
        raise TaskFailed(fault.text)


def when_ended(world: World, task: Task) -> None:
    """What is to happen as soon as a task is over."""
    for happening in world.faults.acts_at(_point(task, ENDED)):
        _later(world, happening)


def when_asked(world: World, request: Request) -> bool:
    """Let happen what is to happen before this request is answered; says whether anything was."""
    acts = world.faults.acts_at(request)
    for happening in acts:
        if happening.seconds:
            _later(world, happening)
        else:
            act(world, happening.action, happening.arguments)
    return bool(acts)


def undisturbed(world: World, seconds: float) -> Body:
    """A pause during which a stop from outside is put off for ever; a lost node ends it."""
    end = world.clock.now + seconds
    while world.clock.now < end:
        try:
            yield end - world.clock.now
        except PowerLost:
            raise
        except TaskFailed:
            continue


def _hang(world: World, fault: Fault) -> Body:
    seconds = fault.seconds or FOR_EVER_SECONDS
    if fault.stubborn:
        yield from undisturbed(world, seconds)
    else:
        yield seconds


def _later(world: World, happening: Fault) -> None:
    """Never inside of the task that has come so far: what happens may end it."""
    world.clock.call_later(happening.seconds, lambda: _act(world, happening))


def _act(world: World, happening: Fault) -> None:
    act(world, happening.action, happening.arguments)


def _point(task: Task, phase: str, percent: tuple[float, float] = (0.0, 0.0)) -> TaskPoint:
    vmid = int(task.id) if task.id.isdigit() else None
    return TaskPoint(task.type, task.node, vmid, phase, percent)

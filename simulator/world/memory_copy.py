# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Live copy of a guest's memory in rounds, while the guest goes on writing."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from .move import Migration, size_text
from .process import Body, Pause

if TYPE_CHECKING:
    from .world import World

FIRST_DOWNTIME_SECONDS = 0.1
# A round that leaves more than this share of the one before does not converge.
SHRINKS_TO = 0.8
# The guest is slowed down a little more in every round that does not converge.
THROTTLE_STEP = 0.1
MOST_THROTTLED = 0.99


def copy_memory(world: World, move: Migration) -> Body:
    """Copy until the rest fits the downtime; leaves the guest's pages on the target."""
    guest = move.guest
    move.memory = float(world.statistics.present(guest).memhost)
    began, rest, downtime, throttle, total = world.clock.now, move.memory, FIRST_DOWNTIME_SECONDS, 0.0, 0.0
    move.copies_memory = True
    while True:
        speed = yield from _round(world, move, rest)
        total += rest
        dirtied = min(move.memory, guest.dirty_rate * (1 - throttle) * rest / speed)
        if dirtied <= downtime * speed:
            break
        if dirtied > SHRINKS_TO * rest:
            downtime *= 2
            throttle = min(MOST_THROTTLED, throttle + THROTTLE_STEP)
            move.task.say(f"auto-increased downtime to continue migration: {downtime * 1000:.0f} ms")
        rest = dirtied
    pause = dirtied / speed
    yield pause
    _say_done(world, move, began, (total + dirtied, pause))


def _round(world: World, move: Migration, size: float) -> Generator[Pause, None, float]:
    """Copy once; gives the bytes per second that were reached."""
    began, percent = world.clock.now, 100 * move.arrived / move.memory
    for pause in move.transfer(world, size):
        yield pause
        before, percent = percent, move.percent(world)
        yield from world.suffer(move.task, percent=(before, percent))
        if move.copy is not None and not move.copy.is_done:
            _say_progress(world, move)
    move.arrived += size
    move.copy = None
    return size / max(world.clock.now - began, 1e-6)


def _say_progress(world: World, move: Migration) -> None:
    copy = move.copy
    if copy is None:
        return
    done = move.arrived + copy.transferred(world.clock.now)
    text = f"migration active, transferred {size_text(done)} of {size_text(move.guest.memory)} VM-state"
    text += f", {size_text(copy.rate)}/s"
    if move.guest.dirty_rate > copy.rate:
        text += f", VM dirties lots of memory: {size_text(move.guest.dirty_rate)}/s"
    move.task.say(text)


def _say_done(world: World, move: Migration, began: float, result: tuple[float, float]) -> None:
    total, pause = result
    speed = move.guest.memory / max(world.clock.now - began, 1.0)
    move.task.say(f"average migration speed: {size_text(speed)}/s - downtime {max(1, round(pause * 1000))} ms")
    move.task.say(f"migration completed, transferred {size_text(total)} VM-state")
    move.task.say("migration status: completed")

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Nodes that lose power or their cluster link, and come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import TaskFailed

if TYPE_CHECKING:
    from .world import World

BOOT_SECONDS = 60.0


def node_down(world: World, name: str) -> None:
    """Power lost: workers end without a word, guests die, migrations towards the node fail."""
    node = world.nodes[name]
    if not node.is_powered:
        return
    world.statistics.settle()
    world.tasks.lose(name)
    node.is_powered = False
    _break_arrivals(world, name)
    for guest in list(world.guests_on[name].values()):
        if guest.is_running:
            world.set_running(guest, running=False)
    world.timeline.node_is(name, world.clock.now, online=node.is_heard)


def node_up(world: World, name: str) -> None:
    """Power is back: the node answers after its boot time, then starts its `onboot` guests."""
    node = world.nodes[name]
    if node.is_powered:
        return
    world.clock.call_later(BOOT_SECONDS, lambda: _boot(world, name))


def set_link(world: World, name: str, *, linked: bool) -> None:
    """Cut or restore the cluster link of a node."""
    node = world.nodes[name]
    if node.is_linked == linked:
        return
    world.statistics.settle()
    node.is_linked = linked
    if not linked:
        _break_arrivals(world, name)
        _break_departures(world, name)
    world.timeline.node_is(name, world.clock.now, online=node.is_heard)


def set_publishing(world: World, name: str, *, publishes: bool) -> None:
    """Stop or start the statistics daemon of a node."""
    node = world.nodes[name]
    world.statistics.settle(name)
    node.publishes = publishes
    world.timeline.node_is(name, world.clock.now, online=node.is_heard)


def _boot(world: World, name: str) -> None:
    node = world.nodes[name]
    if node.is_powered:
        return
    node.is_powered = True
    node.boot_time = world.clock.now
    world.ha.restarting.discard(name)
    world.timeline.node_is(name, world.clock.now, online=node.is_heard)
    for guest in list(world.guests_on[name].values()):
        if guest.config.get("onboot") and not world.ha.is_managed(guest.sid):
            world.set_running(guest, running=True)


def _break_arrivals(world: World, name: str) -> None:
    for migration in [move for move in world.migrations.values() if move.target == name]:
        world.tasks.interrupt(migration.task, TaskFailed("online migrate failure - unable to reach the target node"))


def _break_departures(world: World, name: str) -> None:
    for migration in [move for move in world.migrations.values() if move.source == name]:
        world.tasks.interrupt(migration.task, TaskFailed("online migrate failure - the source node lost its network"))

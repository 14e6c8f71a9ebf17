# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What was done to the recorded clusters outside the API, and how much time passed, before an observation."""

from __future__ import annotations

from collections.abc import Callable

from simulator.world.world import World

Direction = Callable[[World], object]


def wait(seconds: float) -> Direction:
    """Let time pass."""
    return lambda world: world.clock.advance(seconds)


def _stop_refusing(world: World) -> None:
    world.daemon_up("pve3")
    world.cut_link("pve3")


def _heal(world: World) -> None:
    """The recorded pve3 had no real watchdog: it was never reset, and its guests ran on."""
    world.regain_quorum()
    world.node_up("pve3")
    world.clock.advance(61.0)
    world.set_running(world.guests[121], running=True)


def _lose_commands(world: World) -> None:
    """The manager had just been woken by its first resources and did not know them yet: the request was lost."""
    world.ha.queue.clear()


def _have_121_on_pve3(world: World) -> None:
    """Somebody had moved it there before; then the daemon of pve3 was stopped."""
    world.place(world.guests[121], "pve3")
    world.daemon_down("pve3")


DIRECTIONS: dict[str, tuple[Direction, ...]] = {
    "resources while migrating": (wait(0.5),),
    "resources with positive rule": (wait(60.0),),
    "manager status": (wait(60.0),),
    "resources with tags and pool": (wait(30.0),),
    "watch: node-maintenance enable pve2": (lambda world: world.set_maintenance("pve2", on=True),),
    "watch: node-maintenance disable pve2": (lambda world: world.set_maintenance("pve2", on=False),),
    "proxy target refuses: status": (_have_121_on_pve3,),
    "no route: status": (_stop_refusing,),
    "after 10s: nodes": (wait(10.0),),
    "after: hamigrate to offline node": (wait(3.0),),
    "after: ha current": (wait(12.0),),
    "no quorum: resources": (lambda world: world.lose_quorum(), wait(10.0)),
    "healed: cluster status": (_heal,),
    "vms#1": (_lose_commands, wait(65.0)),
    "vms": (wait(20.0),),
    "vms#4": (wait(30.0),),
}
# How long was watched, where the last change does not tell.
WATCHED_SECONDS = {"watch: link of pve3 cut": 6.0}

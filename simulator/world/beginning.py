# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The first moment of a world: what was recorded before it, and the rhythm of its nodes from then on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .statistics import PUBLISH_SECONDS

if TYPE_CHECKING:
    from .world import World


def settle_in(world: World) -> None:
    """Place guests, publish once everywhere and let every node publish in its own rhythm."""
    began = world.timeline.since
    for node in world.nodes.values():
        world.timeline.node_is(node.name, began, online=node.is_heard)
        for since, until in node.gaps:
            world.timeline.node_is(node.name, since, online=False)
            world.timeline.node_is(node.name, until, online=node.is_heard)
    for guest in world.guests.values():
        world.note(guest, began)
        if guest.last_run:
            since, until = guest.last_run
            world.timeline.guest_is(guest.vmid, max(since, began), guest.node, running=True)
            world.timeline.guest_is(guest.vmid, until, guest.node, running=False)
    for name in world.nodes:
        world.statistics.beat(name)
        first = world.clock.now + world.rng.uniform(0.0, PUBLISH_SECONDS)
        world.clock.every(PUBLISH_SECONDS, partial(world.statistics.beat, name), first)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What other listings say about HA: states of guests and nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.world.model import Guest

from .call import Row

if TYPE_CHECKING:
    from simulator.world.world import World


def guest_states(world: World) -> dict[str, str]:
    """Map each HA resource to the state that listings show."""
    states = {sid: world.ha.hastate(sid) for sid in world.ha.resources}
    return {sid: state for sid, state in states.items() if state}


def node_states(world: World) -> dict[str, str]:
    """Map nodes to the HA manager's view of them; empty while it has never run."""
    states = {name: world.ha.node_hastate(name) for name in world.nodes}
    return {name: state for name, state in states.items() if state}


def managed(world: World, guest: Guest) -> Row:
    """Tell in a guest's status whether HA looks after it; ignored resources do not count."""
    resource = world.ha.resources.get(guest.sid)
    if resource is None or not world.ha.is_managed(guest.sid):
        return {"managed": 0}
    row: Row = {"managed": 1, "state": world.ha.hastate(guest.sid)}
    return row | ({"group": resource.group} if resource.group else {})

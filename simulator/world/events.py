# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What happens by itself at a given time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .happenings import HAPPENINGS

if TYPE_CHECKING:
    from .spec import Event
    from .world import World

# The changes that scenarios and the control plane may ask for, with the names of their arguments: methods of World,
# and what happenings.py adds.
ACTIONS: dict[str, tuple[str, ...]] = {
    "node_down": ("node",),
    "node_up": ("node",),
    "reboot_node": ("node",),
    "cut_link": ("node",),
    "restore_link": ("node",),
    "daemon_down": ("node",),
    "daemon_up": ("node",),
    "upgrade_node": ("node", "version"),
    "statistics_down": ("node",),
    "statistics_up": ("node",),
    "storage_down": ("storage", "node"),
    "storage_up": ("storage", "node"),
    "lose_quorum": (),
    "regain_quorum": (),
    "set_maintenance": ("node", "on"),
    "remove_guest": ("vmid",),
    "steal": ("vmid", "target"),
    "backup": ("vmid", "seconds"),
    "backup_job": ("node", "seconds"),
    "stop_guest": ("vmid",),
    "lock_guest": ("vmid", "lock"),
    "unlock_guest": ("vmid",),
    "set_load": ("vmid", "cpu", "memory"),
    "set_ha": ("vmid", "state"),
    "add_ha_rule": ("name", "affinity", "resources"),
    "add_ha_preference": ("name", "resources", "nodes"),
    "disarm_ha": ("mode",),
    "arm_ha": (),
    "change_certificate": ("authority",),
    "expire_tickets": (),
    "revoke_token": ("token",),
}


def plan_event(world: World, event: Event) -> None:
    """Put an event on the clock of its world."""

    def happen() -> None:
        act(world, event.action, dict(event.arguments))

    world.clock.call_later(event.after_seconds, happen)


def act(world: World, action: str, arguments: dict[str, object]) -> object:
    """Carry out one of ACTIONS; ValueError names what is wrong with the action or its arguments."""
    if problem := problem_of_action(action, arguments):
        raise ValueError(problem)
    if action in HAPPENINGS:
        return HAPPENINGS[action](world, **arguments)
    return getattr(world, action)(**arguments)


def problem_of_action(action: str, arguments: Mapping[str, object]) -> str | None:
    """Why an action cannot be asked for like this, or None."""
    if action not in ACTIONS:
        return f"unknown action '{action}': use one of {', '.join(ACTIONS)}"
    if set(arguments) != set(ACTIONS[action]):
        return f"action '{action}' takes {_names(ACTIONS[action])}, not {_names(tuple(arguments))}"
    return None


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "no arguments"

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Argument specification of drs_place; documented there."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import AUTOMATION_LEVELS, FULL
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.arguments import Spec
from ansible_collections.pve.drs.plugins.module_utils.glue.placing_options import BALLOON, CONFIGURED, PROPOSED, STATES

# Options that it shares with other modules, by the same names and with the same defaults.
OF_MOVING = ("bandwidth_limit", "planning_seconds", "timeout")
OF_EXECUTING = ("wait_foreign", "migration_timeout", "lock_wait")


def placing() -> Spec:
    """Options of drs_place alone, and those about moving that it takes."""
    moving, executing = arguments.moving(), arguments.executing()
    return {
        "guests": {"type": "raw"},
        "new": {"type": "list", "elements": "dict", "default": [], "options": _newcomer()},
        "state": {"type": "str", "default": PROPOSED, "choices": list(STATES)},
        "atomic": {"type": "bool", "default": False},
        "memory_room": {"type": "str", "default": CONFIGURED, "choices": [CONFIGURED, BALLOON]},
        "override": {"type": "bool", "default": False},
        "automation": {"type": "str", "default": FULL, "choices": list(AUTOMATION_LEVELS)},
        "wave": {"type": "int", "default": 10},
        "start_timeout": {"type": "int", "default": 120},
        "max_parallel": {"type": "int", "default": 10},
        **{name: moving[name] for name in OF_MOVING},
        **{name: executing[name] for name in OF_EXECUTING},
    }


def _newcomer() -> Spec:
    return {
        "name": {"type": "str", "required": True},
        "vmid": {"type": "int"},
        "type": {"type": "str", "default": "qemu", "choices": ["qemu", "lxc"]},
        "cores": {"type": "int", "default": 1},
        "memory": {"type": "int", "default": 512},
        "balloon": {"type": "int"},
        "disk": {"type": "float", "default": 0},
        "storage": {"type": "str"},
        "tags": {"type": "list", "elements": "str", "default": []},
        "pool": {"type": "str"},
    }

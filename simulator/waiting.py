# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Which requests mean that a client waits for something; with the clock driven by hand, time passes with them."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from .world.ha_maintenance import is_under_way

if TYPE_CHECKING:
    from .api import Request
    from .stage import Stage
    from .world.world import World

POLLS = ("/cluster/resources", "/cluster/ha/status/current", "/cluster/ha/status/manager_status")
HA_PATIENCE_SECONDS = 120
TASKS_LOOKED_AT = 10
# After these tasks a client may wait for so long until the listing shows what they did.
LISTED_LATER = {"hamigrate": HA_PATIENCE_SECONDS, "hastart": HA_PATIENCE_SECONDS, "hastop": HA_PATIENCE_SECONDS,
                "qmstart": 20, "vzstart": 20}  # fmt: skip
HA_MOTION = ("migrate", "relocate", "request_start", "request_start_balance", "request_stop", "fence", "recovery")


def let_time_pass(stage: Stage, request: Request) -> None:
    """A client that polls a running task, an HA guest on its way, or a guest just started, waits for something."""
    found = re.match(r"/nodes/[^/]+/tasks/([^/]+)/status$", request.path)
    task = stage.world.tasks.get(found[1]) if found else None
    if (task is not None and task.is_running) or (request.path in POLLS and _is_awaited(stage.world)):
        stage.pace.polled()


def _is_awaited(world: World) -> bool:
    """HA is at work, or something was asked of it or of a guest a short time ago (HA may have ignored that)."""
    ha = world.ha
    at_work = ha.queue or is_under_way(ha) or any(service.state in HA_MOTION for service in ha.services.values())
    latest = (task for name in world.nodes for task in itertools.islice(world.tasks.of_node(name), TASKS_LOOKED_AT))
    return bool(at_work) or any(task.starttime > world.clock.now - LISTED_LATER.get(task.type, 0) for task in latest)

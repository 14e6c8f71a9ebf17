# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A virtual machine that ran, and stands still after its migration, is made to go on."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, MoveOutcome
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Flight

PAUSED = "paused"


def revived(api: Api, flight: Flight, moved: MoveOutcome) -> MoveOutcome:
    """Resumes one that arrived paused although nobody had paused it; what came of that is a warning of the move."""
    if moved.status != DONE or not flight.was_running or flight.planned.mode != "live":
        return moved
    node, vmid = flight.move.target, flight.move.vmid
    try:
        is_paused = api.guest_status(node, flight.planned.guest_type, vmid).get("qmpstatus") == PAUSED
    except ApiError as error:
        return _warned(moved, f"whether it runs there could not be asked: {error}")
    if not is_paused:
        return moved
    try:
        api.power(f"/nodes/{node}/{flight.planned.guest_type}/{vmid}", "resume", {})
    except ApiError as error:
        return _warned(moved, f"it arrived paused and could not be resumed, which somebody has to do: {error}")
    return _warned(moved, "it arrived paused, and was resumed")


def _warned(moved: MoveOutcome, warning: str) -> MoveOutcome:
    return replace(moved, warnings=(*moved.warnings, warning))

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Migrations that take longer than they may."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Ending, Flight
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions

# PVE kills a task that does not end by itself five seconds after it was told to (pve-api 7).
STUBBORN_SECONDS = 60.0


def overdue(api: Api, flight: Flight, now: float, options: ExecuteOptions) -> Ending | None:
    """What to do about a flight that has not ended: nothing before its time is up, then its task is told to end.

    What the HA manager does cannot be cancelled, and is left alone. Raises ApiError; the next look tries again.
    """
    limit = options.migration_timeout_seconds
    if limit is None or now - flight.began < limit or flight.arrived is not None:
        return None
    late = f"it is still under way after {limit:g} s (migration_timeout)"
    if flight.is_ha:
        return Ending(problem=f"{late}; what the HA manager does cannot be cancelled", is_open=True)
    if flight.cancelled is None and flight.upid:
        api.stop_task(flight.move.source, flight.upid)
        flight.cancelled = now
    elif flight.cancelled is not None and now - flight.cancelled >= STUBBORN_SECONDS:
        return Ending(problem=f"{late}, and its task does not end although it was told to", is_open=True)
    return None


def told(flight: Flight, ending: Ending, options: ExecuteOptions) -> Ending:
    """The end of a flight that was cancelled says so; one that was done nevertheless is done."""
    if flight.cancelled is None or ending.problem is None or ending.is_open:
        return ending
    limit = options.migration_timeout_seconds
    return replace(ending, problem=f"cancelled after {limit:g} s (migration_timeout): {ending.problem}")

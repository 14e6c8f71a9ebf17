# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Start one migration, with exactly the parameters that its kind takes (pve-api 6.2, 6.3)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.errors import DrsError
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import PlannedMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import NodeUnreachable, Unanswered, internal_error
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Flight
from ansible_collections.pve.drs.plugins.module_utils.pve.tasks import is_request
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Json, Rows

KIB = 1024


def prepared(api: Api, planned: PlannedMove, guest: Guest, clock: Clock) -> Flight:
    """A flight that has not been started. Raises ApiError."""
    move = planned.move
    known = _known(api.guest_tasks(move.source, move.vmid))
    flight = _flight(planned, guest, clock)
    flight.known = known
    return flight


def _flight(planned: PlannedMove, guest: Guest, clock: Clock) -> Flight:
    return Flight(
        planned=planned,
        sid=guest.sid,
        is_ha=guest.is_ha,
        was_running=guest.status == "running",
        began=clock.now(),
        epoch=clock.epoch(),
    )


def along(planned: PlannedMove, guest: Guest, clock: Clock) -> Flight:
    """The flight of a guest that the HA manager takes along with another one."""
    flight = _flight(planned, guest, clock)
    flight.is_ha = True
    return flight


def launch(api: Api, flight: Flight, guest: Guest, params: dict[str, Json]) -> None:
    """Sends the request. It may have started also when the answer was lost, or a bug came between.

    Raises ApiRefusal or NoHostAnswers when nothing was started.
    """
    move = flight.move
    try:
        upid = api.migrate(move.source, guest.type, move.vmid, params)
    except (Unanswered, NodeUnreachable):
        return
    except DrsError:
        raise
    except Exception as error:  # noqa: BLE001 - it may have started, like one whose answer was lost
        flight.fault = internal_error(error)
        return
    # PVE itself says whether HA has it in hand: that may have changed since the listing.
    flight.upid, flight.is_ha = upid, is_request(upid)


def migrate_params(planned: PlannedMove, guest: Guest, policy: Policy, found: Precondition) -> dict[str, Json]:
    """PVE refuses parameters that it does not know, and running guests without the right one.

    That it knows how to keep connections it tells when it is asked about a guest (PVE 9), and no target is older than
    the source. Of a guest under HA it drops all but the target, and whether it runs (pve-api 6.4).
    """
    params: dict[str, Json] = {"target": planned.move.target}
    if planned.mode == "live":
        params["online"] = 1
        if policy.with_local_disks:
            params["with-local-disks"] = 1
        if found.keeps_connections and not guest.is_ha:
            params["with-conntrack-state"] = 1
    if planned.mode == "restart":
        params["restart"] = 1
    if policy.bandwidth_bytes and not guest.is_ha:
        params["bwlimit"] = max(1, round(policy.bandwidth_bytes / KIB))
    return params


def _known(tasks: Rows) -> frozenset[str]:
    return frozenset(str(task.get("upid")) for task in tasks)

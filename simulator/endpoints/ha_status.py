# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What the HA stack is doing (pve-api.md 8.4)."""

from __future__ import annotations

from simulator.world import ha_arming, ha_status

from .call import Call, Handler, Row
from .ha_resources import require_lock


def current(call: Call) -> list[Row]:
    """List quorum, master, fencing, local managers and services."""
    return ha_status.current(call.world.ha, call.node)


def manager_status(call: Call) -> Row:
    """Give the manager's own record; empty parts when HA was never used."""
    return ha_status.manager_status(call.world.ha, call.node)


def index(call: Call) -> list[Row]:
    """Name what lies below /cluster/ha."""
    names = ("status", "resources", "groups", *(("rules",) if call.is_nine else ()))
    return [{"id": name} for name in names]


def status_index(call: Call) -> list[Row]:
    """Name what lies below /cluster/ha/status."""
    arming = ("arm-ha", "disarm-ha") if call.profile == "9.2" else ()
    return [{"name": name} for name in ("current", "manager_status", *arming)]


def disarm(call: Call) -> None:
    """Let the manager lay down its arms."""
    require_lock(call)
    ha_arming.disarm(call.world.ha, call.params["resource-mode"])


def arm(call: Call) -> None:
    """Let the manager take up its arms again."""
    require_lock(call)
    ha_arming.arm(call.world.ha)


HANDLERS: dict[str, Handler] = {
    "GET /cluster/ha": index,
    "GET /cluster/ha/status": status_index,
    "GET /cluster/ha/status/current": current,
    "GET /cluster/ha/status/manager_status": manager_status,
    "POST /cluster/ha/status/arm-ha": arm,
    "POST /cluster/ha/status/disarm-ha": disarm,
}

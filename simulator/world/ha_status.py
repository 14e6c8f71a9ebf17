# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What the HA stack tells about itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ha import Ha
    from .ha_data import Service

OLD_SECONDS = 30.0


def manager_status(ha: Ha, viewer: str) -> dict[str, object]:
    """The answer of manager_status as one node gives it; empty parts while HA was never used."""
    quorum = {"node": viewer, "quorate": "1" if ha.world.is_quorate(viewer) else "0"}
    if not ha.node_status:
        return {"manager_status": {}, "lrm_status": {}, "quorum": quorum}
    status: dict[str, object] = {
        "master_node": ha.master,
        "timestamp": int(ha.timestamp),
        "node_status": dict(ha.node_status),
        "service_status": {sid: _service_status(service) for sid, service in ha.services.items()},
    }
    if ha.disarm:
        status["disarm"] = {"mode": ha.disarm.mode, "state": ha.disarm.state}
    if ha.maintenance:
        status["node_request"] = {name: {"maintenance": 1} if on else {} for name, on in ha.maintenance.items()}
    return {"manager_status": status, "lrm_status": _lrm_status(ha), "quorum": quorum}


def current(ha: Ha, viewer: str) -> list[dict[str, object]]:
    """The rows of status/current as one node gives them, in their natural order."""
    is_quorate = ha.world.is_quorate(viewer)
    text = "OK" if is_quorate else f"No quorum on node '{viewer}'!"
    rows: list[dict[str, object]] = [
        {"id": "quorum", "type": "quorum", "node": viewer, "status": text, "quorate": int(is_quorate)}
    ]
    if not ha.node_status:
        return rows
    rows.append(_master_row(ha))
    if ha.world.profile == "9.2":
        rows.append(_fencing_row(ha))
    rows += [_lrm_row(ha, name) for name in ha.world.nodes]
    return rows + [_service_row(ha, sid) for sid in sorted(ha.resources)]


def verbose_state(ha: Ha, sid: str) -> str:
    """The state of a resource in the words of status/current."""
    service, resource = ha.services.get(sid), ha.resources[sid]
    if not ha.is_managed(sid):
        return "ignored"
    if service is None:
        return "queued"
    if service.state == "started" and not service.running:
        return "starting"
    if service.state == "request_stop":
        return "stopping"
    return "disabled" if service.state == "stopped" and resource.state == "disabled" else service.state


def _service_status(service: Service) -> dict[str, object]:
    row: dict[str, object] = {"state": service.state, "node": service.node, "uid": service.uid}
    if service.running:
        row["running"] = 1
    if service.target:
        row["target"] = service.target
    if service.maintenance_node:
        row["maintenance_node"] = service.maintenance_node
    if service.failed_nodes:
        row["failed_nodes"] = list(service.failed_nodes)
    return row | {"cmd": list(service.command)} if service.command else row


def _lrm_status(ha: Ha) -> dict[str, object]:
    return {
        name: {
            "mode": lrm.mode,
            "state": lrm.state,
            "timestamp": int(lrm.timestamp),
            "results": {uid: dict(result) for uid, result in lrm.results.items()},
        }
        for name, lrm in ha.lrms.items()
    }


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%a %b %e %H:%M:%S %Y")


def _age_word(ha: Ha, moment: float, word: str) -> str:
    return "old timestamp - dead?" if ha.world.clock.now - moment > OLD_SECONDS else word


def _master_row(ha: Ha) -> dict[str, object]:
    status = f"{ha.master} ({_age_word(ha, ha.timestamp, 'active')}, {_date(ha.timestamp)})"
    if ha.scheduler() != "basic":
        status += f" - {ha.scheduler()} load CRS"
    return {"id": "master", "type": "master", "node": ha.master, "status": status, "timestamp": int(ha.timestamp)}


def _fencing_row(ha: Ha) -> dict[str, object]:
    """Whether lost nodes are fenced."""
    row: dict[str, object] = {"id": "fencing", "type": "fencing", "node": ha.master}
    if ha.disarm is None:
        return row | {"armed-state": "armed", "status": "armed (CRM watchdog active)"}
    status = f"{ha.disarm.state} (resource mode: {ha.disarm.mode})"
    return row | {"armed-state": ha.disarm.state, "resource_mode": ha.disarm.mode, "status": status}


def _lrm_row(ha: Ha, name: str) -> dict[str, object]:
    moment = ha.lrms[name].timestamp
    word = {"maintenance": "maintenance mode", "wait_for_agent_lock": "idle"}.get(ha.lrms[name].state, "active")
    parts = [_age_word(ha, moment, word)]
    if ha.world.profile == "9.2":
        is_watched = word != "idle" and parts[0] == word
        parts.append("watchdog active" if is_watched else "watchdog standby")
    status = f"{name} ({', '.join([*parts, _date(moment)])})"
    return {"id": f"lrm:{name}", "type": "lrm", "node": name, "status": status, "timestamp": int(moment)}


def _service_row(ha: Ha, sid: str) -> dict[str, object]:
    resource, service = ha.resources[sid], ha.services.get(sid)
    guest = ha.world.guests.get(resource.vmid)
    node = service.node if service else guest.node if guest else ""
    state = verbose_state(ha, sid)
    row: dict[str, object] = {
        "id": f"service:{sid}",
        "type": "service",
        "sid": sid,
        "node": node,
        "state": state,
        "status": f"{sid} ({node}, {state})",
        "request_state": resource.state,
        "max_restart": resource.max_restart,
        "max_relocate": resource.max_relocate,
    }
    if service:
        row["crm_state"] = service.state
    if ha.world.is_pve9:
        row["failback"] = int(resource.failback)
    if resource.group:
        row["group"] = resource.group
    return row | {"comment": resource.comment} if resource.comment else row

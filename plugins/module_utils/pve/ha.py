# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What Proxmox's HA manager and its scheduler do by themselves (pve-api 8, 9)."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Migration
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, Rows, flag, items, settings, text

MOVING_STATES = ("migrate", "relocate", "request_start_balance")


def vmid_of(sid: str) -> int | None:
    """`vm:100`, `ct:100` or `100`."""
    number = sid.rpartition(":")[2]
    return int(number) if number.isdigit() else None


def rules_by_guest(rules: Rows) -> dict[int, str]:
    """Rules in force; disabled and infeasible ones the HA manager leaves out, and so do we (PVE 9)."""
    in_force = sorted((r for r in rules if not flag(r.get("disable")) and not r.get("errors")), key=_name)
    return {
        vmid: f"HA rule {_name(rule)}"
        for rule in reversed(in_force)
        for sid in items(rule.get("resources"))
        if (vmid := vmid_of(sid)) is not None
    }


def groups_by_guest(resources: Rows, groups: Rows) -> dict[int, str]:
    """Members of groups that exist (PVE 8)."""
    known = {str(group.get("group")) for group in groups}
    return {
        vmid: f"HA group {group}"
        for row in resources
        if (group := text(row.get("group"))) in known and (vmid := vmid_of(str(row.get("sid")))) is not None
    }


def node_states(manager: Row) -> dict[str, str]:
    """HA state by node; a node that is asked to go into maintenance counts as being there."""
    status = _part(manager, "manager_status")
    states = {name: str(state) for name, state in _part(status, "node_status").items()}
    requested = {
        name: "maintenance"
        for name, request in _part(status, "node_request").items()
        if isinstance(request, dict) and flag(request.get("maintenance"))
    }
    return {**states, **requested}


def service(manager: Row, sid: str) -> Row:
    """What the HA manager says about one guest; empty when it does not know it."""
    return _part(_part(_part(manager, "manager_status"), "service_status"), sid)


def beat(manager: Row) -> str:
    """Changes with every round of the HA manager."""
    return str(_part(manager, "manager_status").get("timestamp"))


def moving(manager: Row) -> Iterator[Migration]:
    """Guests that the HA manager is moving."""
    for sid, status in _part(_part(manager, "manager_status"), "service_status").items():
        vmid = vmid_of(sid)
        if vmid is not None and status.get("state") in MOVING_STATES:
            yield Migration(vmid=vmid, source=str(status.get("node")), target=text(status.get("target")))


def auto_rebalance(options: Row) -> bool:
    """True when Proxmox's own balancer moves HA guests (9.2)."""
    return flag(settings(options.get("crs")).get("ha-auto-rebalance"))


def _name(rule: Row) -> str:
    return str(rule.get("rule"))


def _part(row: Row, key: str) -> Row:
    part = row.get(key)
    return part if isinstance(part, dict) else {}

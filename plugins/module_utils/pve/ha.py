# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What Proxmox's HA manager and its scheduler do by themselves (pve-api 8, 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import IGNORING, CrsOptions, HaConfig
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, flag, number, settings, text, whole

MOVING_STATES = ("migrate", "relocate", "request_start_balance")
BALANCING_MODES = ("static", "dynamic")


def vmid_of(sid: str) -> int | None:
    """`vm:100`, `ct:100` or `100`."""
    number = sid.rpartition(":")[2]
    return int(number) if number.isdigit() else None


def as_seen(guests: tuple[Guest, ...], config: HaConfig) -> tuple[Guest, ...]:
    """While HA is disarmed in mode ignore, its guests are like any others (pve-api 8.5)."""
    if config.mode != IGNORING:
        return guests
    return tuple(replace(guest, hastate="ignored") if guest.is_ha else guest for guest in guests)


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


def services(manager: Row) -> dict[str, str]:
    """The HA manager's state of each service, by sid."""
    known = _part(_part(manager, "manager_status"), "service_status")
    return {sid: str(status.get("state")) for sid, status in known.items() if isinstance(status, dict)}


def master(manager: Row) -> str | None:
    """The node that leads the HA manager; None where HA was never used."""
    return text(_part(manager, "manager_status").get("master_node"))


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
    """True when Proxmox's own balancer moves HA guests (9.2); in mode basic it never does (proxmox-crs 7)."""
    crs = settings(options.get("crs"))
    return flag(crs.get("ha-auto-rebalance")) and crs.get("ha") in BALANCING_MODES


def rebalances_on_start(options: Row) -> bool:
    """True when the HA manager itself finds a node for each of its guests that starts, in all its modes (proxmox-crs 8)."""
    return flag(settings(options.get("crs")).get("ha-rebalance-on-start"))


def crs_options(options: Row) -> CrsOptions:
    """What is set of Proxmox's scheduler; what is not, or no number, is left to whoever asks (pve-api 9)."""
    crs = settings(options.get("crs"))
    return CrsOptions(
        mode=text(crs.get("ha")),
        method=text(crs.get("ha-auto-rebalance-method")),
        threshold=number(crs.get("ha-auto-rebalance-threshold")),
        margin=number(crs.get("ha-auto-rebalance-margin")),
        hold_rounds=whole(crs.get("ha-auto-rebalance-hold-duration")),
    )


def _part(row: Row, key: str) -> Row:
    part = row.get(key)
    return part if isinstance(part, dict) else {}

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Disarming the HA stack, so that nothing is fenced, moved or started meanwhile (pve-api.md 8.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ha import Ha

DISARMING, DISARMED = "disarming", "disarmed"


@dataclass(slots=True)
class Disarm:
    """What was asked for: `freeze` holds resources still, `ignore` leaves them to others; and how far it is."""

    mode: str
    state: str = DISARMING


def disarm(ha: Ha, mode: str) -> None:
    """Ask the manager to disarm; it takes the next rounds to do so."""
    ha.disarm = Disarm(mode)


def arm(ha: Ha) -> None:
    """Take the manager's arms up again: frozen resources go on from where they are."""
    ha.disarm = None
    for service in ha.services.values():
        guest = ha.world.guests.get(ha.resources[service.sid].vmid) if service.sid in ha.resources else None
        if guest is not None and service.state in ("freeze", "started"):
            ha.change_state(service, "started", node=guest.node)


def is_resting(ha: Ha) -> bool:
    """Whether the manager has nothing to do in this round; lets a disarm take effect on the way."""
    if ha.disarm is None:
        return False
    ha.queue.clear()
    ha.maintenance_queue.clear()
    if ha.disarm.state == DISARMING and not any(lrm.workers for lrm in ha.lrms.values()):
        _take_effect(ha, ha.disarm)
    return ha.disarm.state == DISARMED


def _take_effect(ha: Ha, wanted: Disarm) -> None:
    wanted.state = DISARMED
    for service in ha.services.values():
        service.command = None
        if wanted.mode == "freeze" and service.state == "started":
            ha.change_state(service, "freeze")

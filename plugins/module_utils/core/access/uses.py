# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the collection is used for, and the privileges that each use takes (pve-api 2.5): one row for each.

A use stands for the privileges of its own and those of `report`. A new row is all that a new privilege takes:
the modules' role is made of these rows, and drs_facts tells which of them somebody lacks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

REPORT, BALANCE, EVACUATE, SHUTDOWN = "report", "balance", "evacuate", "shutdown"
RULES, POOLS, PLACE = "rules", "pools", "place"
GUESTS = "/vms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A privilege on a path. Without one that `is_needed` the use fails, without another it does less.

    `reaches_below`: it is used below the path, too; `per_guest`: it does its part for each guest that it is held on.
    """

    privilege: str
    path: str
    purpose: str
    is_needed: bool = True
    reaches_below: bool = True
    per_guest: bool = False


def _on_guests(privilege: str, purpose: str) -> Need:
    return Need(privilege=privilege, path=GUESTS, purpose=purpose, per_guest=True)


MIGRATE = _on_guests("VM.Migrate", "asking Proxmox VE whether a guest can be moved, and moving it")
POWER = _on_guests("VM.PowerMgmt", "starting guests and shutting them down")

LOOKING = (
    Need(
        privilege="Sys.Audit", path="/", purpose="seeing quorum, running tasks, HA and its rules", reaches_below=False
    ),
    Need(privilege="Sys.Audit", path="/nodes", purpose="seeing the load of nodes"),
    Need(privilege="VM.Audit", path=GUESTS, purpose="seeing guests, which are missing from every listing without it"),
    Need(
        privilege="Datastore.Audit",
        path="/storage",
        purpose="seeing where disks lie; containers are not moved without it",
        is_needed=False,
    ),
    Need(
        privilege="Pool.Audit",
        path="/pool",
        purpose="seeing pools, by which rules may select guests",
        is_needed=False,
    ),
)
MOVING = (
    MIGRATE,
    Need(
        privilege="Mapping.Audit",
        path="/mapping",
        purpose="seeing how many devices that guests use by name each node has; without it, those in use count as free",
        is_needed=False,
    ),
)
OWN_NEEDS: dict[str, tuple[Need, ...]] = {
    REPORT: (),
    BALANCE: MOVING,
    EVACUATE: MOVING,
    SHUTDOWN: (*MOVING, POWER),
    RULES: (
        Need(
            privilege="Sys.Console",
            path="/",
            purpose="writing HA rules and HA groups",
            reaches_below=False,
        ),
        _on_guests("VM.Config.Options", "setting the tags of guests"),
    ),
    POOLS: (
        _on_guests("VM.Config.CPU", "setting the cpu weights and limits of guests"),
        _on_guests("VM.Config.Memory", "setting the memory weights and balloons of guests"),
    ),
    # A guest that may not be moved can still be started where it is.
    PLACE: (replace(MIGRATE, is_needed=False), POWER),
}
USES = tuple(OWN_NEEDS)


def needs_of_uses(uses: Iterable[str]) -> tuple[Need, ...]:
    """All privileges that these uses take, each once; every use looks first."""
    own = [need for use in USES if use in frozenset(uses) for need in OWN_NEEDS[use]]
    return tuple(dict.fromkeys((*LOOKING, *own)))

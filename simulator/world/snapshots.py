# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Snapshots of guests: which volumes they hold, and what that means for a migration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .drives import Drive, parse_drives

if TYPE_CHECKING:
    from .model import Guest
    from .world import World

# Storages whose snapshots go along with a volume.
KEEPING_TYPES = frozenset({"zfspool", "btrfs"})
LIVE = "online storage migration not possible if non-replicated snapshot exists"
NEVER = "non-migratable snapshot exists"


@dataclass(slots=True)
class Snapshot:
    """One snapshot: when it was made (epoch seconds), the config of that moment, the volume with its memory if any."""

    name: str
    made: float
    config: dict[str, object]
    state: str = ""
    description: str = ""

    def full_config(self) -> dict[str, object]:
        """The config as the API tells it."""
        told = self.config | {"snaptime": int(self.made)} | ({"vmstate": self.state} if self.state else {})
        return told | ({"description": self.description} if self.description else {})


def holders(guest: Guest, volid: str) -> tuple[str, ...]:
    """Names of the snapshots that need this volume."""
    return tuple(snapshot.name for snapshot in guest.snapshots
                 if any(drive.volid == volid for drive in parse_drives(guest.type, snapshot.config)))  # fmt: skip


def state_drives(guest: Guest) -> list[Drive]:
    """The volumes that hold the memory of snapshots."""
    return [Drive("vmstate", snapshot.state, {}, guest.memory) for snapshot in guest.snapshots if snapshot.state]


def snapshot_problem(world: World, guest: Guest, drive: Drive, *, is_replicated: bool) -> str | None:
    """Why a local volume cannot leave because of snapshots, or None."""
    if not holders(guest, drive.volid):
        return None
    if guest.type == "qemu" and guest.is_running and not is_replicated:
        return LIVE
    keeps = world.storages[str(drive.storage)].type in KEEPING_TYPES
    return None if keeps or (guest.type == "qemu" and drive.volid.endswith(".qcow2")) else NEVER


def rename_in_snapshots(guest: Guest, moved: Mapping[str, str]) -> None:
    """Write the names that volumes have on the target into the snapshots."""
    for snapshot in guest.snapshots:
        snapshot.state = moved.get(snapshot.state, snapshot.state)
        for drive in parse_drives(guest.type, snapshot.config):
            if drive.volid in moved:
                line = str(snapshot.config[drive.key])
                snapshot.config[drive.key] = line.replace(drive.volid, moved[drive.volid], 1)

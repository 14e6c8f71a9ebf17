# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What comes with a release of PVE: the QEMU of a node and the machine type it gives to guests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Guest
    from .world import World

# The first release with it, its QEMU and the revision of its machine types.
RELEASES = (
    ((8, 0), "8.0.2", "8.0+pve0"),
    ((8, 1), "8.1.5", "8.1+pve0"),
    ((8, 2), "9.0.0", "9.0+pve0"),
    ((8, 3), "9.0.2", "9.0+pve0"),
    ((8, 4), "9.2.0", "9.2+pve1"),
    ((9, 0), "10.0.2", "10.0+pve0"),
    ((9, 1), "10.1.2", "10.1+pve0"),
)


def _release(world: World, node: str) -> tuple[str, str]:
    major, minor = (world.nodes[node].pve_version or world.profile).split(".")[:2]
    fitting = [(qemu, machine) for since, qemu, machine in RELEASES if since <= (int(major), int(minor))]
    return fitting[-1] if fitting else RELEASES[0][1:]


def qemu_version(world: World, node: str) -> str:
    """The QEMU that starts guests on a node."""
    return _release(world, node)[0]


def machine_for(world: World, guest: Guest, node: str) -> str:
    """The machine type that a guest gets when it starts on a node: the pinned one, or the newest there."""
    wanted = str(guest.config.get("machine") or "pc").removeprefix("type=").split(",")[0]
    if re.search(r"\d+\.\d+", wanted):
        return wanted
    return f"pc-{'q35' if 'q35' in wanted else 'i440fx'}-{_release(world, node)[1]}"


def give_machine(world: World, guest: Guest) -> None:
    """A VM keeps the machine type of its start for as long as it runs, wherever it goes."""
    is_vm = guest.type == "qemu" and guest.is_running
    guest.machine = (guest.machine or machine_for(world, guest, guest.node)) if is_vm else ""


def too_old(world: World, machine: str, node: str) -> str | None:
    """Why the QEMU of a node cannot run a machine type, or None."""
    qemu = qemu_version(world, node)
    version = re.search(r"(\d+)\.(\d+)", machine)
    if version is None or (int(version[1]), int(version[2])) <= _numbers(qemu):
        return None
    return f"Installed QEMU version '{qemu}' is too old to run machine type '{machine}', please upgrade node '{node}'"


def _numbers(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)

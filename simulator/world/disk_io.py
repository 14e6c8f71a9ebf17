# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""How long guests wait for storages of limited speed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from .model import Guest, Storage

NO_WAITS: Mapping[int, float] = {}
# A guest writes twice what it reads, as its counters show.
BYTES_FOR_EACH_BYTE_READ = 3


class DiskIo:
    """A storage that is asked for more than its speed lets everybody wait in proportion.

    A local storage is asked by the guests of its node, a shared one by all guests that run now, wherever they are.
    """

    def __init__(self, storages: Mapping[str, Storage], guests: Mapping[int, Guest]) -> None:
        self._limited = {name: storage for name, storage in storages.items() if storage.speed}
        self._guests = guests

    def waits(self, running: Iterable[Guest]) -> Mapping[int, float]:
        """Percent of time in which each of these guests of one node waits; those that need not wait are left out."""
        if not self._limited:
            return NO_WAITS
        here = list(running)
        local = _demand(here)
        shared = _demand(guest for guest in self._guests.values() if guest.is_running)
        busy = {
            name: _waiting(storage.speed, (shared if storage.is_shared else local)[name])
            for name, storage in self._limited.items()
        }
        asking = (guest for guest in here if guest.disk_rate)
        found = {guest.vmid: max((busy.get(name, 0.0) for name in _storages(guest)), default=0.0) for guest in asking}
        return {vmid: percent for vmid, percent in found.items() if percent}


def _demand(guests: Iterable[Guest]) -> Mapping[str, float]:
    """Bytes per second by storage; a guest spreads what it reads and writes evenly over its storages."""
    total: defaultdict[str, float] = defaultdict(float)
    for guest in guests:
        names = _storages(guest)
        for name in names:
            total[name] += BYTES_FOR_EACH_BYTE_READ * guest.disk_rate / len(names)
    return total


def _storages(guest: Guest) -> set[str]:
    drives = (drive for drive in guest.drives() if not drive.is_cdrom and not drive.is_unused)
    return {drive.storage for drive in drives if drive.storage}


def _waiting(speed: float, demand: float) -> float:
    return round(100 * (1 - speed / demand), 2) if demand > speed else 0.0

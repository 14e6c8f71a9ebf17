# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The cpu limits of guests in pools: their own, and their parts of the limits of pools (drs-model 5.9)."""

from __future__ import annotations

from dataclasses import replace
from math import floor

from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU
from ansible_collections.pve.drs.plugins.module_utils.core.model.settings import CPULIMIT
from ansible_collections.pve.drs.plugins.module_utils.core.pools.grow import grow
from ansible_collections.pve.drs.plugins.module_utils.core.pools.limits import limited, waking
from ansible_collections.pve.drs.plugins.module_utils.core.pools.scene import Scene, number

# The most that Proxmox VE takes, by type of guest, and the least that is a limit at all; 0 would be none.
MOST_CORES = {"qemu": 128.0, "lxc": 8192.0}
LEAST_CORES = 0.01
HUNDREDTHS = 100
# A part that grew by no more than this share stays as it is.
TOLERANCE = 0.1


def wanted_caps(scene: Scene) -> dict[int, str]:
    """By vmid, as options; guests that nothing limits, or somebody else limits already as far, are left out."""
    parts = _parts(scene)
    found: dict[int, str] = {}
    for guest in scene.members:
        own = scene.tree.terms_of(guest.vmid)[CPU].limit
        part = _steady(scene, guest.vmid, parts[guest.vmid]) if guest.vmid in parts else own
        cores = min(own, part, MOST_CORES[guest.type])
        theirs = number(scene.former(guest.vmid, CPULIMIT)) or scene.cpu.figures.sizes[guest.vmid]
        if cores < theirs:
            found[guest.vmid] = cores_text(cores)
    return found


def cores_text(cores: float) -> str:
    """Hundredths, rounded down: all parts together stay within the limit."""
    return f"{max(LEAST_CORES, floor(round(cores * HUNDREDTHS, 6)) / HUNDREDTHS):g}"


def _steady(scene: Scene, vmid: int, cores: float) -> float:
    """What is there already, where that is hardly less."""
    now = number(scene.found[vmid].get(CPULIMIT))
    return now if now <= cores <= (1.0 + TOLERANCE) * now else cores


def _parts(scene: Scene) -> dict[int, float]:
    """Of limited pools that want more; guests are to have room to wake up."""
    figures = scene.cpu.figures
    demands = {vmid: waking(demand, figures.sizes[vmid]) for vmid, demand in figures.demands.items()}
    ours = frozenset(vmid for vmid, option in scene.kept if option == CPULIMIT and scene.is_ours(vmid, option))
    return limited(grow(scene.tree, replace(figures, demands=demands)), ours)

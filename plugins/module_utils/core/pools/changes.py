# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What to write into the configurations of guests, and what to put back (drs-model 5.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.settings import (
    BALLOON,
    CPULIMIT,
    CPUUNITS,
    OPTIONS,
    SHARES,
    Change,
)
from ansible_collections.pve.drs.plugins.module_utils.core.pools.caps import wanted_caps
from ansible_collections.pve.drs.plugins.module_utils.core.pools.flatten import ANCHOR, USUAL_SHARES
from ansible_collections.pve.drs.plugins.module_utils.core.pools.memory import wanted_least, wanted_shares
from ansible_collections.pve.drs.plugins.module_utils.core.pools.scene import Key, Scene, number
from ansible_collections.pve.drs.plugins.module_utils.core.pools.weights import wanted_weights

# What differs by no more than this share of what is there is left as it is.
TOLERANCE = 0.1
USUAL = {CPUUNITS: float(ANCHOR), SHARES: float(USUAL_SHARES)}


def wanted(scene: Scene) -> dict[Key, str]:
    """Options of running members, by vmid and option; what is not in it is to be as it was before."""
    numbers: Mapping[str, Mapping[int, object]] = {
        CPUUNITS: wanted_weights(scene),
        CPULIMIT: wanted_caps(scene),
        BALLOON: wanted_least(scene),
        SHARES: wanted_shares(scene),
    }
    return {
        (vmid, option): settled
        for option, values in numbers.items()
        for vmid, value in values.items()
        if (settled := _settled(scene, (vmid, option), str(value))) is not None
    }


def changes(scene: Scene, values: Mapping[Key, str]) -> Iterator[Change]:
    """Of members that run, in order of vmid, and of guests that have left all pools; others stay as they are."""
    for guest in scene.cluster.guests:
        is_member = guest.vmid in scene.tree.pool_of
        if guest.vmid not in scene.found or (is_member and not guest.is_active):
            continue
        for option in OPTIONS[guest.type]:
            key = (guest.vmid, option)
            change = change_of(scene, key, values.get(key) if is_member else None)
            if change.found != change.value:
                yield change


def change_of(scene: Scene, key: Key, value: str | None) -> Change:
    """To the value, or without one to what was there before us."""
    vmid, option = key
    former = scene.former(vmid, option)
    return Change(
        vmid=vmid,
        option=option,
        found=scene.found[vmid].get(option),
        value=former if value is None else value,
        former=former,
    )


def restoring(scene: Scene) -> Iterator[Change]:
    """What puts back all that earlier runs wrote."""
    for vmid, option in sorted(scene.kept):
        if vmid in scene.found and scene.is_ours(vmid, option):
            yield change_of(scene, (vmid, option), None)


def _settled(scene: Scene, key: Key, value: str) -> str | None:
    """What is there where it differs hardly, or else what was there before us; None for nothing."""
    found = scene.found[key[0]].get(key[1])
    if _is_close(key[1], found, value):
        return found
    former = scene.former(*key)
    return former if _is_close(key[1], former, value) else value


def _is_close(option: str, present: str | None, value: str) -> bool:
    """Close enough to leave it; the least of memory is never below what is wanted, and limits are exact."""
    now = number(present) or USUAL.get(option, 0.0)
    distance = number(value) - now
    is_enough = option != BALLOON or distance <= 0.0
    return option != CPULIMIT and is_enough and abs(distance) <= TOLERANCE * now

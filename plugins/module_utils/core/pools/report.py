# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Pools and guests as plain data: what they want, are entitled to, and get."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import fsum, inf
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU
from ansible_collections.pve.drs.plugins.module_utils.core.pools.branch import Branch
from ansible_collections.pve.drs.plugins.module_utils.core.pools.entitle import Entitled, gap, given
from ansible_collections.pve.drs.plugins.module_utils.core.pools.limits import guests_below
from ansible_collections.pve.drs.plugins.module_utils.core.pools.scene import Scene
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import ROOT
from ansible_collections.pve.drs.plugins.module_utils.core.pools.weights import present_weights

Facts = dict[str, Any]
DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class Portions:
    """Of one resource: what is entitled, and what guests get where they are (`given`, by vmid)."""

    entitled: Entitled
    given: Mapping[int, float]

    @cached_property
    def branches(self) -> dict[str, Branch]:
        """Of all pools, by name."""
        found, waiting = dict[str, Branch](), [self.entitled.root]
        while waiting:
            branch = waiting.pop()
            found[branch.name] = branch
            waiting += branch.pools
        return found

    def amount(self, value: float) -> float | int | None:
        """Cores, or whole bytes; None where there is no limit."""
        if value == inf:
            return None
        return round(value, DIGITS) if self.entitled.figures.resource == CPU else round(value)

    @property
    def unit(self) -> str:
        """What names of amounts end in."""
        return "cores" if self.entitled.figures.resource == CPU else "bytes"


def portions_of(scene: Scene) -> dict[str, Portions]:
    """By resource, with weights as they are now."""
    weights = present_weights(scene)
    return {
        entitled.figures.resource: Portions(entitled=entitled, given=given(scene.cluster, entitled, weights))
        for entitled in (scene.cpu, scene.memory)
    }


def pools_report(scene: Scene, by_resource: Mapping[str, Portions]) -> list[Facts]:
    """One entry for each pool, parents first, and one for all guests in none at last, where there are any."""
    names = [*scene.tree.pools, *([ROOT] if scene.tree.members[ROOT] else [])]
    return [_pool(scene, by_resource, name) for name in names]


def _pool(scene: Scene, by_resource: Mapping[str, Portions], name: str) -> Facts:
    pool = scene.tree.pools.get(name)
    read = _pool_part if pool else _rest_part
    return {
        "name": name or None,
        "parent": pool.parent if pool else None,
        "guests": len(list(_guests(by_resource[CPU], name))),
        **{resource: read(portions, name) for resource, portions in by_resource.items()},
    }


def _pool_part(portions: Portions, name: str) -> Facts:
    branch, entitled = portions.branches[name], portions.entitled
    terms = {
        "shares": branch.terms.shares,
        "weight": round(branch.shares, DIGITS),
        f"reservation_{portions.unit}": portions.amount(branch.terms.reservation),
        f"limit_{portions.unit}": portions.amount(branch.terms.limit),
    }
    return terms | _figures(
        portions, branch.wanted, entitled.now.pools[name], entitled.busy.pools[name], _guests(portions, name)
    )


def _rest_part(portions: Portions, name: str) -> Facts:
    """Of guests beside the pools at the top."""
    guests, entitled = tuple(_guests(portions, name)), portions.entitled
    wanted = fsum(entitled.figures.demands[vmid] for vmid in guests)
    now, then = (fsum(part.guests[vmid] for vmid in guests) for part in (entitled.now, entitled.busy))
    return _figures(portions, wanted, now, then, guests)


def _guests(portions: Portions, name: str) -> Iterable[int]:
    branch = portions.branches[name]
    wants = branch.guests if name == ROOT else guests_below(branch)
    return (want.vmid for want in wants)


def _figures(portions: Portions, wanted: float, now: float, then: float, guests: Iterable[int]) -> Facts:
    got = fsum(portions.given[vmid] for vmid in guests)
    amount: Callable[[float], float | int | None] = portions.amount
    return {
        f"demand_{portions.unit}": amount(wanted),
        f"entitled_{portions.unit}": amount(now),
        f"given_{portions.unit}": amount(got),
        "gap_percent": round(100.0 * gap(now, got), 2),
        f"entitled_when_busy_{portions.unit}": amount(then),
    }


def guest_report(scene: Scene, by_resource: Mapping[str, Portions], guest: Guest) -> Facts:
    """A member of a pool; one that does not run has no figures."""
    facts: Facts = {
        "vmid": guest.vmid,
        "name": guest.name,
        "type": guest.type,
        "node": guest.node,
        "pool": scene.tree.pool_of.get(guest.vmid),
        "running": guest.is_active,
    }
    if not guest.is_active:
        return facts | dict.fromkeys(by_resource)
    return facts | {resource: _guest_part(portions, guest.vmid) for resource, portions in by_resource.items()}


def _guest_part(portions: Portions, vmid: int) -> Facts:
    entitled = portions.entitled
    wanted = entitled.figures.demands[vmid]
    own = {f"guaranteed_{portions.unit}": portions.amount(entitled.guaranteed[vmid])}
    return _figures(portions, wanted, entitled.now.guests[vmid], entitled.busy.guests[vmid], [vmid]) | own

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Build pools the way one would describe them: a_pool("web", cpu="high", cpu_limit=30)."""

from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU, MEMORY, RESOURCES, Pool, Terms
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector
from ansible_collections.pve.drs.plugins.module_utils.core.pools.figures import Figures
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import ROOT, PoolTree
from ansible_collections.pve.drs.tests.builders import GIB


def terms(unit: float = 1.0, **facts: Any) -> Terms:
    """Amounts in cores, or with the unit GIB in GiB."""
    amounts = {name: facts[name] * unit for name in ("reservation", "limit") if name in facts}
    return Terms(**(facts | amounts))


def both(cpu: Terms | None = None, memory: Terms | None = None) -> dict[str, Terms]:
    return {CPU: cpu or Terms(), MEMORY: memory or Terms()}


def a_pool(name: str, vmids: tuple[int, ...] = (), parent: str | None = None, **facts: Any) -> Pool:
    """Facts such as cpu={"shares": "high"} in cores, memory={"limit": 8} in GiB, guests={101: {"cpu": ...}}."""
    parts = {CPU: terms(**facts.get("cpu", {})), MEMORY: terms(GIB, **facts.get("memory", {}))}
    guests = {
        vmid: both(terms(**own.get("cpu", {})), terms(GIB, **own.get("memory", {})))
        for vmid, own in facts.get("guests", {}).items()
    }
    members = GuestSelector(vmids=frozenset(vmids))
    return Pool(name=name, parent=parent, terms=parts, members=members, guests=guests)


def a_tree(*pools: Pool, outside: tuple[int, ...] = ()) -> PoolTree:
    """Of pools that name their members by vmid, parents first."""
    below: dict[str, tuple[str, ...]] = {}
    for pool in pools:
        below[pool.parent or ROOT] = (*below.get(pool.parent or ROOT, ()), pool.name)
    members = {pool.name: tuple(sorted({*pool.members.vmids, *pool.guests})) for pool in pools}
    return PoolTree(
        pools={pool.name: pool for pool in pools},
        below=below,
        members={ROOT: outside, **members},
        pool_of={vmid: name for name, vmids in members.items() for vmid in vmids},
        terms={vmid: own for pool in pools for vmid, own in pool.guests.items()},
    )


def figures(resource: str, capacity: float, guests: dict[int, tuple[float, float]]) -> Figures:
    """Guests are (size, demand)."""
    return Figures(
        resource=resource,
        sizes={vmid: size for vmid, (size, _unused) in guests.items()},
        demands={vmid: demand for vmid, (_unused, demand) in guests.items()},
        nodes={"a": capacity},
        capacity=capacity,
    )


__all__ = ["CPU", "MEMORY", "RESOURCES", "a_pool", "a_tree", "both", "figures", "terms"]

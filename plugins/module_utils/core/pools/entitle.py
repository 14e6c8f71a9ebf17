# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What pools and guests are entitled to of one resource, and what they get where they are (drs-model 5.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

from ansible_collections.pve.drs.plugins.module_utils.core.divvy import Claim, divvy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU
from ansible_collections.pve.drs.plugins.module_utils.core.pools.allocate import Allocation, allocate
from ansible_collections.pve.drs.plugins.module_utils.core.pools.branch import Branch
from ansible_collections.pve.drs.plugins.module_utils.core.pools.figures import Figures
from ansible_collections.pve.drs.plugins.module_utils.core.pools.flatten import ANCHOR, standings
from ansible_collections.pve.drs.plugins.module_utils.core.pools.grow import grow
from ansible_collections.pve.drs.plugins.module_utils.core.pools.guarantee import guarantees
from ansible_collections.pve.drs.plugins.module_utils.core.pools.on_node import Runner, shares_on
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import PoolTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitled:
    """In cores or bytes: by present demand (`now`), with every guest busy (`busy`), and what reservations guarantee.

    The cluster counts as one large node. `standing` is the part of the whole that a guest's shares come to.
    """

    figures: Figures
    root: Branch
    now: Allocation
    busy: Allocation
    guaranteed: Mapping[int, float]
    standing: Mapping[int, float]

    @property
    def is_short(self) -> bool:
        """More is reserved, and wanted, than there is."""
        return self.root.floor > self.figures.capacity


def entitle(tree: PoolTree, figures: Figures) -> Entitled:
    """Of all pools and running guests, in the unit of the figures: cores or bytes [Ex 5.5, 5.6]."""
    root = grow(tree, figures)
    return Entitled(
        figures=figures,
        root=root,
        now=allocate(root, figures.capacity),
        busy=allocate(grow(tree, figures.saturated), figures.capacity),
        guaranteed=guarantees(root),
        standing=standings(root),
    )


def cpu_shares_on(
    cores: float, guests: Iterable[Guest], figures: Figures, weights: Mapping[int, float]
) -> dict[int, float]:
    """Cores that each guest gets of a node; a guest that no weight is known of has the usual one."""
    return shares_on(cores, [runner_of(guest, figures, weights) for guest in guests if guest.vmid in figures.sizes])


def runner_of(guest: Guest, figures: Figures, weights: Mapping[int, float]) -> Runner:
    """A running guest as its node sees it."""
    most = min(figures.sizes[guest.vmid], figures.limit_of(guest.vmid))
    return Runner(
        vmid=guest.vmid,
        is_container=guest.type == "lxc",
        weight=weights.get(guest.vmid, ANCHOR),
        wanted=min(figures.demands[guest.vmid], figures.limit_of(guest.vmid)),
        most=most,
    )


def memory_shares_on(
    size: float, guests: Iterable[Guest], figures: Figures, standing: Mapping[int, float]
) -> dict[int, float]:
    """Bytes that each guest gets of a node."""
    running = [guest.vmid for guest in guests if guest.vmid in figures.sizes]
    claims = [Claim(weight=standing[vmid], high=figures.demands[vmid]) for vmid in running]
    return dict(zip(running, divvy(size, claims), strict=True))


def given(cluster: Cluster, entitled: Entitled, weights: Mapping[int, float]) -> dict[int, float]:
    """What every running guest gets on the node where it is; all that it wants where nobody knows the node's room."""
    found: dict[int, float] = {}
    for node, guests in by_node(cluster).items():
        room = entitled.figures.nodes.get(node, inf)
        if entitled.figures.resource == CPU:
            found |= cpu_shares_on(room, guests, entitled.figures, weights)
        else:
            found |= memory_shares_on(room, guests, entitled.figures, entitled.standing)
    return found


def by_node(cluster: Cluster) -> dict[str, list[Guest]]:
    """Running guests."""
    found: dict[str, list[Guest]] = {}
    for guest in cluster.guests:
        if guest.is_active:
            found.setdefault(guest.node, []).append(guest)
    return found


def gap(ideal: float, got: float) -> float:
    """Share of what it is entitled to that a guest does not get, 0 to 1."""
    return max(0.0, (ideal - got) / ideal) if ideal > 0.0 else 0.0

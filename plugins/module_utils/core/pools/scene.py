# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Everything that decides what the guests of pools are to be set to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.settings import CORES, CPULIMIT, Kept, Values
from ansible_collections.pve.drs.plugins.module_utils.core.pools.entitle import Entitled, entitle
from ansible_collections.pve.drs.plugins.module_utils.core.pools.figures import cpu_figures, memory_figures
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import PoolTree

NOT_SET: Values = {}
Key = tuple[int, str]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """`found` are the options of members as they are, `kept` what earlier runs left in them, by vmid and option."""

    cluster: Cluster
    tree: PoolTree
    found: Mapping[int, Values]
    kept: Mapping[Key, Kept]
    cpu: Entitled
    memory: Entitled

    @cached_property
    def members(self) -> tuple[Guest, ...]:
        """Running guests of pools whose configuration is known."""
        return tuple(
            guest
            for guest in self.cluster.guests
            if guest.is_active and guest.vmid in self.tree.pool_of and guest.vmid in self.found
        )

    def former(self, vmid: int, option: str) -> str | None:
        """What is in the option, or was before we wrote to it; what somebody wrote since then is theirs."""
        return former(self.found.get(vmid, NOT_SET).get(option), self.kept.get((vmid, option)))

    def is_ours(self, vmid: int, option: str) -> bool:
        """Whether what is in the option was written by an earlier run."""
        kept = self.kept.get((vmid, option))
        return kept is not None and kept.is_in(self.found.get(vmid, NOT_SET).get(option))


def former(found: str | None, kept: Kept | None) -> str | None:
    """What an option holds that is not ours."""
    return kept.before if kept is not None and kept.is_in(found) else found


def scene_of(cluster: Cluster, tree: PoolTree, found: Mapping[int, Values], kept: Iterable[Kept]) -> Scene:
    """With what each resource entitles guests to; limits that somebody else set count."""
    known = {(entry.vmid, entry.option): entry for entry in kept}
    cluster = _without_ours(cluster, found, known)
    limits = {
        vmid: cores
        for vmid, values in found.items()
        if (cores := number(former(values.get(CPULIMIT), known.get((vmid, CPULIMIT)))))
    }
    return Scene(
        cluster=cluster,
        tree=tree,
        found=found,
        kept=known,
        cpu=entitle(tree, cpu_figures(cluster, limits=limits)),
        memory=entitle(tree, memory_figures(cluster)),
    )


def _without_ours(cluster: Cluster, found: Mapping[int, Values], known: Mapping[Key, Kept]) -> Cluster:
    """With containers as large as they were before us: without cores of their own, they are listed with their cpulimit."""

    def as_before(guest: Guest) -> Guest:
        entry, values = known.get((guest.vmid, CPULIMIT)), found.get(guest.vmid, NOT_SET)
        if guest.type != "lxc" or CORES in values or entry is None or not entry.is_in(values.get(CPULIMIT)):
            return guest
        node = cluster.node_by_name.get(guest.node)
        return replace(guest, vcpus=number(entry.before) or (node.threads if node else 0.0) or guest.size.cpu)

    return replace(cluster, guests=tuple(map(as_before, cluster.guests))) if known else cluster


def number(text: str | None) -> float:
    """Of an option; 0 where it is not set, or is no number."""
    try:
        return float(text or 0.0)
    except ValueError:
        return 0.0

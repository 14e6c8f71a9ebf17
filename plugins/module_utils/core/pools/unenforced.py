# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What Proxmox VE cannot be told of pools: said, not pretended (drs-model 5.9, 10.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import fsum, inf

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU, MEMORY
from ansible_collections.pve.drs.plugins.module_utils.core.pools.amounts import shown
from ansible_collections.pve.drs.plugins.module_utils.core.pools.entitle import by_node, gap, runner_of
from ansible_collections.pve.drs.plugins.module_utils.core.pools.memory import ballooning
from ansible_collections.pve.drs.plugins.module_utils.core.pools.on_node import Runner, busy, evenly, shares_on
from ansible_collections.pve.drs.plugins.module_utils.core.pools.scene import Scene
from ansible_collections.pve.drs.plugins.module_utils.core.pools.weights import best_effort

NAMES_SHOWN = 5
# So far may what a guest gets be from what its weight stands for.
DISTORTION = 0.05


FLAT = (
    "Proxmox VE knows no pools: weights of guests come to the same while all are busy, but what a guest leaves "
    "goes to all guests of its node, not first to those of its pool"
)


def unenforced(scene: Scene, weights: Mapping[int, int]) -> tuple[str, ...]:
    """One sentence each; `weights` are those that members are to have."""
    if not scene.tree.pools:
        return ()
    return (
        FLAT,
        *_distorted(scene, weights),
        *_best_effort(scene, weights),
        *_memory_limits(scene),
        *_memory_of_containers(scene),
        *_without_balloon(scene),
    )


def _distorted(scene: Scene, weights: Mapping[int, int]) -> Iterator[str]:
    """Nodes on which machines and containers together get something else than their weights say."""
    for node, guests in by_node(scene.cluster).items():
        cores = scene.cpu.figures.nodes.get(node, 0.0)
        runners = busy([runner_of(guest, scene.cpu.figures, weights) for guest in guests])
        if len({runner.is_container for runner in runners}) > 1 and cores:
            yield from _distortion(node, cores, runners)


def _distortion(node: str, cores: float, runners: list[Runner]) -> Iterator[str]:
    real, meant = shares_on(cores, runners), evenly(cores, runners)
    worst = max(runners, key=lambda runner: (gap(meant[runner.vmid], real[runner.vmid]), -runner.vmid))
    if gap(meant[worst.vmid], real[worst.vmid]) <= DISTORTION:
        return
    containers = sum(runner.is_container for runner in runners)
    yield (
        f"node {node} runs {len(runners) - containers} machines and {containers} containers, and Proxmox VE gives either kind "
        f"one half of the cores when all are busy, whatever their weights: guest {worst.vmid} gets {real[worst.vmid]:.2f} "
        f"cores where its weight stands for {meant[worst.vmid]:.2f}; only a cpu limit can correct that"
    )


def _best_effort(scene: Scene, weights: Mapping[int, int]) -> Iterator[str]:
    """Guests that the same stands against are told of together: a cluster may have thousands of them."""
    for why, cores in best_effort(scene, weights).items():
        total, those = shown(fsum(cores.values()), CPU), "it" if len(cores) == 1 else "them"
        yield f"guest {_some(sorted(cores))}: {total} reserved for {those} are best effort: {why}"


def _memory_limits(scene: Scene) -> Iterator[str]:
    for name, pool in scene.tree.pools.items():
        if pool.terms[MEMORY].limit < inf:
            limit = shown(pool.terms[MEMORY].limit, MEMORY)
            yield f"pool {name}: its memory limit of {limit} is told and not enforced, as it would change the size of guests"
    limited = [guest.vmid for guest in scene.members if _has_less(scene, guest)]
    if limited:
        yield f"guest {_some(limited)}: a memory limit is told and not enforced, as it would change the size of the guest"


def _has_less(scene: Scene, guest: Guest) -> bool:
    return scene.tree.terms_of(guest.vmid)[MEMORY].limit < guest.size.memory


def _memory_of_containers(scene: Scene) -> Iterator[str]:
    found = [g.vmid for g in scene.members if g.type == "lxc" and scene.memory.guaranteed[g.vmid] > 0.0]
    if found:
        yield f"guest {_some(found)}: memory cannot be reserved for containers; it only counts when guests are placed"


def _without_balloon(scene: Scene) -> Iterator[str]:
    open_ones = {guest.vmid for guest in ballooning(scene)}
    fixed = [guest.vmid for guest in scene.members if guest.vmid not in open_ones]
    if fixed:
        yield (
            f"guest {_some(fixed)}: Proxmox VE does not take memory from it (it is a container, or has no balloon below "
            "its memory, or shares 0), so memory shares mean nothing for it"
        )


def _some(vmids: Iterable[int]) -> str:
    names = [str(vmid) for vmid in vmids]
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more

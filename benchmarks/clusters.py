# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Seeded clusters of any size, uneven enough to be worth a plan."""

import random
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import LocalStorage, LocalVolume
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import series_of

GIB = 2.0**30
HOUR = 3600.0
VCPUS = (1, 2, 4, 8)
VCPU_WEIGHTS = (35, 30, 22, 13)
MEAN_LOAD = 0.55
DISK = 10  # bytes on local storage for each byte of memory
FULLEST = 0.85  # of a node's memory or cores, when guests are placed


def a_random_cluster(nodes: int, guests: int, seed: int = 1) -> Cluster:
    """Two sizes of nodes, guests placed at random with node weights from 0.45 to 1.55, none beyond its limits."""
    dice = random.Random(seed)
    wanted = [_size_and_demand(dice) for _unused in range(guests)]
    empty = _nodes(nodes, sum((demand for _unused, demand in wanted), start=Resources(0.0, 0.0)))
    weights = [dice.uniform(0.45, 1.55) for _unused in empty]
    used = {node.name: Resources(0.0, 0.0) for node in empty}
    placed = []
    for number, (size, demand) in enumerate(wanted):
        home = _home(dice, empty, weights, used, demand)
        used[home] = used[home] + demand
        placed.append(Guest(vmid=100 + number, node=home, size=size, demand=demand, local_volumes=(_disk(size),)))
    return Cluster(
        nodes=tuple(_filled(node, used[node.name], placed) for node in empty),
        guests=tuple(placed),
        history=History(now=HOUR, nodes={name: _as_ever(amount) for name, amount in used.items()}),
    )


def _as_ever(used: Resources) -> ObjectHistory:
    """The same in every minute of the hour."""
    times = [60.0 * minute for minute in range(1, 61)]
    return ObjectHistory(
        cpu=series_of((time, used.cpu) for time in times), memory=series_of((time, used.memory) for time in times)
    )


def _disk(size: Resources) -> LocalVolume:
    return LocalVolume(storage="local", pool="local", name="disk-0", bytes=DISK * size.memory)


def _filled(node: Node, used: Resources, guests: list[Guest]) -> Node:
    """Its guests keep all that they have on one local storage."""
    volumes = sum(guest.local_bytes or 0.0 for guest in guests if guest.node == node.name)
    size = 2 * DISK * (node.capacity or used).memory
    return replace(node, usage=used, local_storages=(LocalStorage(id="local", used_bytes=volumes, total_bytes=size),))


def _size_and_demand(dice: random.Random) -> tuple[Resources, Resources]:
    [vcpus] = dice.choices(VCPUS, VCPU_WEIGHTS)
    memory = vcpus * dice.uniform(1.0, 8.0) * GIB
    return Resources(vcpus, memory), Resources(vcpus * dice.uniform(0.05, 0.9), memory * dice.uniform(0.3, 0.95))


def _nodes(number: int, demand: Resources) -> list[Node]:
    """Every third node is twice as large; together they are loaded to the mean."""
    shares = [2 if index % 3 == 0 else 1 for index in range(number)]
    cpu, memory = (amount / MEAN_LOAD / sum(shares) for amount in (demand.cpu, demand.memory))
    return [
        Node(name=f"pve{index:02}", capacity=Resources(float(round(cpu * share)), memory * share), usage=None)
        for index, share in enumerate(shares)
    ]


def _home(
    dice: random.Random, nodes: list[Node], weights: list[float], used: dict[str, Resources], demand: Resources
) -> str:
    """A node by weight and size; the emptiest one when the dice find none with room."""
    sizes = [weight * _share(Resources(1.0, 1.0), node)[1] ** -1 for weight, node in zip(weights, nodes, strict=True)]
    for node in dice.choices(nodes, sizes, k=20):
        if max(_share(used[node.name] + demand, node)) <= FULLEST:
            return node.name
    return min(nodes, key=lambda node: max(_share(used[node.name] + demand, node))).name


def _share(amount: Resources, node: Node) -> tuple[float, float]:
    capacity = node.capacity or Resources(1.0, 1.0)
    return amount.cpu / capacity.cpu, amount.memory / capacity.memory

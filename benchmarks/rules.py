# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Rules that a cluster keeps as it is: three for every guest."""

import random
from collections.abc import Iterator
from itertools import zip_longest

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule

GROUP = 10  # guests that share the nodes they may run on
HALF = 2  # a guest may run on one of so many nodes


def kept_rules(cluster: Cluster, seed: int = 1) -> tuple[Rule, ...]:
    """Pairs on one node stay together, threes on different nodes apart, and tens have half of the nodes to run on."""
    dice = random.Random(seed)
    guests: dict[str, list[int]] = {node.name: [] for node in cluster.nodes}
    for guest in cluster.guests:
        guests[guest.node].append(guest.vmid)
    return (*_pairs(guests), *_threes(guests, dice), *_tens(cluster, dice))


def rule(name: str, kind: str, vmids: list[int], nodes: tuple[str, ...] = ()) -> Rule:
    return Rule(name=name, type=kind, guests=GuestSelector(vmids=frozenset(vmids)), nodes=nodes)


def _pairs(guests: dict[str, list[int]]) -> Iterator[Rule]:
    for vmids in guests.values():
        for one, other in zip(vmids[::2], vmids[1::2], strict=False):
            yield rule(f"pair-{one}", "together", [one, other])


def _threes(guests: dict[str, list[int]], dice: random.Random) -> Iterator[Rule]:
    """Nodes by turns, so that hardly ever two of three are on one."""
    home = {vmid: node for node, vmids in guests.items() for vmid in vmids}
    shuffled = [dice.sample(vmids, len(vmids)) for vmids in guests.values()]
    turns = [vmid for turn in zip_longest(*shuffled) for vmid in turn if vmid is not None]
    for start in range(0, len(turns) - 2, 3):
        three = turns[start : start + 3]
        if len({home[vmid] for vmid in three}) == len(three):
            yield rule(f"three-{start}", "separate", three)


def _tens(cluster: Cluster, dice: random.Random) -> Iterator[Rule]:
    nodes = list(cluster.node_by_name)
    for start in range(0, len(cluster.guests), GROUP):
        ten = cluster.guests[start : start + GROUP]
        allowed = {guest.node for guest in ten} | set(dice.sample(nodes, len(nodes) // HALF))
        yield rule(f"ten-{start}", "run_on", [guest.vmid for guest in ten], tuple(sorted(allowed)))

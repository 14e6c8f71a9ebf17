# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Entitlements of 10,000 guests in 200 pools three levels deep, of cpu and memory: seconds."""

import random
from collections.abc import Iterator
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU, LEVELS, MEMORY, Pool, Terms
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector
from ansible_collections.pve.drs.plugins.module_utils.core.pools.entitle import Entitled, entitle
from ansible_collections.pve.drs.plugins.module_utils.core.pools.figures import cpu_figures, memory_figures
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import tree_of
from benchmarks.clusters import a_random_cluster
from benchmarks.figure import Figure, time_figure
from benchmarks.timing import timed

NODES, GUESTS = 48, 10_000
TOP, MIDDLE, POOLS = 8, 40, 200
AT_MOST = 1.0


def measure() -> Iterator[Figure]:
    """Yield the time from a declaration to what every guest is entitled to, now and with all of them busy."""
    cluster = a_random_cluster(NODES, GUESTS)
    pools = tuple(three_levels(cluster))
    seconds = timed(partial(entitlements, pools, cluster))
    yield time_figure(f"{len(pools)} pools", seconds, at_most=AT_MOST)


def entitlements(pools: tuple[Pool, ...], cluster: Cluster) -> tuple[Entitled, Entitled]:
    """Of cpu and memory."""
    tree = tree_of(pools, cluster)
    return entitle(tree, cpu_figures(cluster)), entitle(tree, memory_figures(cluster))


def three_levels(cluster: Cluster) -> Iterator[Pool]:
    """Eight pools, 32 in these and 160 in those; guests are in the last, and some in those between."""
    dice = random.Random(1)
    vmids = [guest.vmid for guest in cluster.guests]
    dice.shuffle(vmids)
    for number in range(POOLS):
        parent = None if number < TOP else number % TOP if number < MIDDLE else TOP + number % (MIDDLE - TOP)
        members = frozenset(vmids[number - TOP :: POOLS - TOP]) if number >= TOP else frozenset()
        yield Pool(
            name=f"pool-{number}",
            parent=None if parent is None else f"pool-{parent}",
            terms={CPU: _terms(dice, 1.0), MEMORY: _terms(dice, 2.0**30)},
            members=GuestSelector(vmids=members),
        )


def _terms(dice: random.Random, unit: float) -> Terms:
    """Some reserve a little, some are limited."""
    reserved = dice.choice([0.0, 0.0, 0.1, 0.5])
    shares: list[str | int] = [*LEVELS, 1 + dice.randrange(10_000)]
    return Terms(
        shares=dice.choice(shares),
        reservation=reserved * unit,
        limit=dice.choice([float("inf"), float("inf"), 200 * unit]),
        scalable=dice.choice(["fixed", "fixed", "shares"]),
    )

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Compiling rules for 48 nodes with 9,999 guests, every guest in three of them: seconds."""

import random
from collections.abc import Iterator
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.compile import compile_rules
from benchmarks.clusters import a_random_cluster
from benchmarks.figure import Figure, time_figure
from benchmarks.rules import rule
from benchmarks.timing import timed

SITE = 12  # nodes
AT_MOST = 0.5


def measure() -> Iterator[Figure]:
    """Yield the figures, with hardly any contradictions, with some, and with little else."""
    cluster = a_random_cluster(48, 9999)
    rules = three_for_each(cluster)
    for rules_now in (rules, (*rules, *contradictions(cluster)), tuple(overlapping(cluster))):
        policy = Policy(rules=rules_now)
        compiled = compile_rules(cluster, policy)
        seconds = timed(partial(compile_rules, cluster, policy))
        yield time_figure(f"{len(policy.rules)} rules, {len(compiled.disabled)} disabled", seconds, at_most=AT_MOST)


def three_for_each(cluster: Cluster) -> tuple[Rule, ...]:
    """Four sites of twelve nodes; within each, guests in pairs that stay together and threes that keep apart."""
    dice, nodes = random.Random(1), tuple(cluster.node_by_name)
    vmids = [guest.vmid for guest in cluster.guests]
    rules = []
    for site in range(len(nodes) // SITE):
        members = vmids[site :: len(nodes) // SITE]
        rules.append(rule(f"site-{site}", "run_on", members, nodes[site * SITE : (site + 1) * SITE]))
        rules += [rule(f"pair-{pair[0]}", "together", pair) for pair in _split(members, 2)]
        dice.shuffle(members)
        rules += [rule(f"three-{site}-{place}", "separate", three) for place, three in enumerate(_split(members, 3))]
    return tuple(rules)


def contradictions(cluster: Cluster) -> Iterator[Rule]:
    """Of the first pairs, one guest must not be where its site is."""
    nodes, guests = tuple(cluster.node_by_name), cluster.guests
    for place in range(20):
        yield rule(f"away-{place}", "not_run_on", [guests[4 * place].vmid], nodes[:SITE])


def overlapping(cluster: Cluster) -> Iterator[Rule]:
    """Forty times forty of a hundred guests apart, which only some of them can be."""
    dice, vmids = random.Random(3), [guest.vmid for guest in cluster.guests[: 4 * 100 : 4]]
    for place in range(40):
        yield rule(f"zz-forty-{place}", "separate", dice.sample(vmids, 40))


def _split(vmids: list[int], size: int) -> list[list[int]]:
    """Pieces of that size; the last one takes what is left over, too."""
    pieces = [vmids[start : start + size] for start in range(0, len(vmids) - size + 1, size)]
    pieces[-1] += vmids[len(pieces) * size :]
    return pieces

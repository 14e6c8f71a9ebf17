# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Rules counted by hand for the judge: who must not meet, who belongs together, who may be where, and what should be.

Which rules there are comes from the compiler, which has laws of its own.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Bundle, CompiledRules, Preference
from ansible_collections.pve.drs.plugins.module_utils.core.rules.compile import compile_rules

# drs-model 3.7
APART, ALLOWED, TOGETHER = 8.0, 6.0, 4.0


def rules_of(case) -> CompiledRules:
    return compile_rules(case.cluster, case.policy)


def bundles_in(rules: CompiledRules) -> list[Bundle]:
    return [bundle for vmid, bundle in sorted(rules.bundles.items()) if vmid == min(bundle.vmids)]


def must_differ(rules: CompiledRules) -> Iterator[tuple[str, frozenset[int], list[tuple[int, int]]]]:
    """Every separation once: its rule, its guests, and the pairs that must not meet."""
    for separation in {s for found in rules.separations.values() for s in found}:
        pairs = combinations(sorted(separation.vmids), 2)
        yield separation.source, separation.vmids, [(a, b) for a, b in pairs if not _is_one(rules, a, b)]


def _is_one(rules: CompiledRules, one: int, other: int) -> bool:
    return one in rules.bundles and other in rules.bundles[one].vmids


def rules_broken(case, where: dict[int, str]) -> dict[tuple[str, str], float]:
    """By constraint, with the rule and the node, and by how much."""
    rules = rules_of(case)
    return dict([*_meeting(rules, where), *_outside(rules, where), *_apart(rules, where)])


def _meeting(rules: CompiledRules, where: dict[int, str]) -> Iterator[tuple[tuple[str, str], float]]:
    """A node that holds three units which must be apart has two too many."""
    for source, vmids, pairs in must_differ(rules):
        nodes = {where[a] for a, b in pairs if where[a] == where[b]}
        for node in nodes:
            heads = {min(rules.bundles[v].vmids) if v in rules.bundles else v for v in vmids if where[v] == node}
            yield ("separate", f"{node} {source} {sorted(vmids)}"), APART * (len(heads) - 1)


def _outside(rules: CompiledRules, where: dict[int, str]) -> Iterator[tuple[tuple[str, str], float]]:
    outside: Counter[tuple[str, str]] = Counter()
    for vmid, domains in rules.domains.items():
        outside.update((where[vmid], domain.source) for domain in domains if where[vmid] not in domain.nodes)
    yield from ((("allowed_nodes", f"{node} {source}"), ALLOWED * count) for (node, source), count in outside.items())


def _apart(rules: CompiledRules, where: dict[int, str]) -> Iterator[tuple[tuple[str, str], float]]:
    """As many breaches as nodes that would have to be left."""
    for bundle in bundles_in(rules):
        nodes = {where[vmid] for vmid in bundle.vmids}
        yield from ((("together", f"{number} {bundle.source}"), TOGETHER) for number in range(1, len(nodes)))


def cost_of(preference: Preference, where: dict[int, str]) -> float:
    """What it costs that a should-rule is not kept."""
    nodes = [where[vmid] for vmid in preference.vmids]
    if preference.type == "run_on":
        return preference.weight * sum(node not in preference.nodes for node in nodes)
    if preference.type == "separate":
        return preference.weight * sum(a == b for a, b in combinations(nodes, 2))
    return preference.weight * (len(nodes) - max(map(nodes.count, nodes), default=0))


def soft_cost(case, where: dict[int, str]) -> float:
    return sum(cost_of(preference, where) for preference in rules_of(case).preferences)

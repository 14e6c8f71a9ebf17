# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Rules in force -> what they mean for each resource."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import NodeAffinity, ResourceAffinity

# Nodes that a rule which is not strict does not name come after all that it names.
LAST_RESORT = -1


def priorities(rule: NodeAffinity, nodes: Iterable[str]) -> dict[str, int]:
    """All nodes that the rule allows, higher is better (drs-model 3.2)."""
    others = () if rule.is_strict else nodes
    return dict.fromkeys(others, LAST_RESORT) | dict(rule.nodes)


def preferred(by_node: Mapping[str, int], open_nodes: Collection[str]) -> frozenset[str]:
    """Of the nodes that HA can use now: those of the highest priority there is among them."""
    usable = {node: priority for node, priority in by_node.items() if node in open_nodes}
    best = max(usable.values(), default=LAST_RESORT)
    return frozenset(node for node, priority in usable.items() if priority == best)


def partners(rules: Iterable[ResourceAffinity]) -> dict[str, frozenset[str]]:
    """By resource: all others that rules name with it."""
    found: dict[str, set[str]] = defaultdict(set)
    for rule in rules:
        for sid in rule.sids:
            found[sid] |= rule.sids
    return {sid: frozenset(others - {sid}) for sid, others in found.items()}

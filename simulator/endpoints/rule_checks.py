# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Which rules cannot be obeyed together, in the words of the real daemons (pve-api.md 8.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simulator.world.ha_data import HaRule

NODE, RESOURCE = "node-affinity", "resource-affinity"
PAIR = 2


def complaints(rule: HaRule, rules: Iterable[HaRule], node_count: int) -> list[str]:
    """List what stands against a rule among all rules (itself included), in the order of the daemons."""
    active = [other for other in rules if not other.is_disabled]
    others = [other for other in active if other.name != rule.name]
    if rule.type == NODE:
        return _about_nodes(rule, others)
    return [*_about_size(rule, node_count), *_about_signs(rule, others), *_about_mixing(rule, others)]


def _about_nodes(rule: HaRule, others: Sequence[HaRule]) -> list[str]:
    """Judge a node-affinity rule."""
    taken = sorted(sid for sid in rule.sids if any(o.type == NODE and sid in o.sids for o in others))
    found = [f"resource '{sid}' is already used in another node affinity rule" for sid in taken]
    in_affinity = any(o.type == RESOURCE and o.sids & rule.sids for o in others)
    if in_affinity and _has_priorities(rule):
        found.append(
            "resources are in a resource affinity rule and cannot be in a node affinity rule with multiple priorities"
        )
    return found


def _about_size(rule: HaRule, node_count: int) -> list[str]:
    """Judge how many resources a resource-affinity rule has."""
    if len(rule.sids) < PAIR:
        return ["rule is ineffective as there are less than two resources"]
    if rule.affinity == "negative" and len(rule.sids) > node_count:
        return ["rule defines more resources than available nodes"]
    return []


def _about_signs(rule: HaRule, others: Sequence[HaRule]) -> list[str]:
    """The same two resources cannot be kept together and apart."""
    opposite = "positive" if rule.affinity == "negative" else "negative"
    members = _merged(rule, others) if rule.affinity == "positive" else rule.sids
    rivals = [o for o in others if o.type == RESOURCE and o.affinity == opposite]
    clash = any(len(members & _merged(o, others)) >= PAIR if opposite == "positive" else len(members & o.sids) >= PAIR
                for o in rivals)  # fmt: skip
    return [f"rule shares two or more resources with a {opposite} resource affinity rule"] if clash else []


def _merged(rule: HaRule, others: Iterable[HaRule]) -> frozenset[str]:
    """Join a positive rule with all that overlap it."""
    members = rule.sids
    positive = [o.sids for o in others if o.type == RESOURCE and o.affinity == "positive"]
    while grown := [sids for sids in positive if sids & members and not sids <= members]:
        members = members.union(*grown)
    return members


def _about_mixing(rule: HaRule, others: Sequence[HaRule]) -> list[str]:
    """Judge a resource-affinity rule beside the node rules of its members."""
    members = _merged(rule, others) if rule.affinity == "positive" else rule.sids
    node_rules = [o for o in others if o.type == NODE and o.sids & members]
    found = []
    if any(_has_priorities(o) for o in node_rules):
        found.append("resources are in node affinity rules with multiple priorities")
    if rule.affinity == "positive" and len(node_rules) > 1:
        found.append("resources are in multiple node affinity rules")
    if rule.affinity == "negative" and _is_confined(rule, node_rules):
        found.append("two or more resources are restricted to less nodes than available to the resources")
    return found


def _has_priorities(rule: HaRule) -> bool:
    return len(set(rule.nodes.values())) > 1


def _is_confined(rule: HaRule, node_rules: Sequence[HaRule]) -> bool:
    """Members bound to fewer nodes than there are members cannot all keep apart."""
    strict = [o for o in node_rules if o.strict]
    bound = [sid for sid in rule.sids if any(sid in o.sids for o in strict)]
    nodes = {name for o in strict for name in o.nodes}
    return len(bound) >= PAIR and len(nodes) < len(bound)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Declared rules -> what the constraints look up; rules that hit nothing are named."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import CompiledRules
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule

PIN_TAG = "drs-pin"
IGNORE_TAG = "drs-ignore"


def compile_rules(cluster: Cluster, rules: Iterable[Rule]) -> CompiledRules:
    """Resolve members against the cluster (drs-model 3.2, 3.4); tags drs-pin and drs-ignore count as rules (3.1)."""
    ordered = tuple(rules)
    return CompiledRules(
        pinned=_reasons(cluster, ordered, "pin", PIN_TAG),
        ignored=_reasons(cluster, ordered, "ignore", IGNORE_TAG),
        max_guests=_guest_counts(cluster, ordered),
        ineffective=tuple(text for rule in ordered for text in _without_effect(cluster, rule)),
    )


def is_member(guest: Guest, selector: GuestSelector) -> bool:
    """True when any part of the selector names the guest."""
    return (
        guest.vmid in selector.vmids
        or guest.name in selector.names
        or guest.pool in selector.pools
        or not guest.tags.isdisjoint(selector.tags)
    )


def _reasons(cluster: Cluster, rules: tuple[Rule, ...], kind: str, tag: str) -> dict[int, str]:
    reasons = {guest.vmid: f"tag {tag}" for guest in cluster.guests if tag in guest.tags}
    for rule in reversed([rule for rule in rules if rule.type == kind]):
        members = (guest for guest in cluster.guests if is_member(guest, rule.guests))
        reasons.update({guest.vmid: f"rule {rule.name}" for guest in members})
    return reasons


def _guest_counts(cluster: Cluster, rules: tuple[Rule, ...]) -> dict[str, tuple[int, str]]:
    counts: dict[str, tuple[int, str]] = {}
    for rule in rules:
        if rule.type == "max_guests" and rule.count is not None:
            for node in rule.nodes or tuple(cluster.node_by_name):
                counts[node] = min(counts.get(node, (rule.count, rule.name)), (rule.count, rule.name))
    return counts


def _without_effect(cluster: Cluster, rule: Rule) -> Iterable[str]:
    yield from (
        f"rule {rule.name} names node {node}, which the cluster does not have"
        for node in rule.nodes
        if node not in cluster.node_by_name
    )
    selector = rule.guests
    unknown: tuple[tuple[str, Iterable[object], Callable[[Guest], Iterable[object]]], ...] = (
        ("guest", sorted(selector.vmids), lambda guest: (guest.vmid,)),
        ("guest", sorted(selector.names), lambda guest: (guest.name,)),
        ("tag", sorted(selector.tags), lambda guest: guest.tags),
        ("pool", sorted(selector.pools), lambda guest: (guest.pool,)),
    )
    for word, wanted, found_on in unknown:
        present = {value for guest in cluster.guests for value in found_on(guest)}
        yield from (
            f"rule {rule.name} names {word} {value}, which no guest matches" for value in wanted if value not in present
        )

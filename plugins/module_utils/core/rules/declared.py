# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Declared rules -> clauses, and complaints about those that bind nobody."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import MUST, SHOULD, SOFT_TYPES, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import (
    RUN_ON,
    SEPARATE,
    TOGETHER,
    Clause,
    Demands,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import Directory, unknown_names

BARRING = "not_run_on"
PAIR = 2


def in_scope(guest: Guest, policy: Policy) -> bool:
    """Takes part in rules (drs-model 3.4); a template never runs."""
    return guest.is_active or (policy.rules_scope == "all" and not guest.is_template)


def declared(cluster: Cluster, policy: Policy, directory: Directory) -> Demands:
    """In the order of the rules; those that are switched off are none (drs-model 3.4)."""
    counted = {guest.vmid for guest in cluster.guests if in_scope(guest, policy)}
    clauses: dict[str, list[Clause]] = {MUST: [], SHOULD: []}
    complaints: list[str] = []
    for position, rule in enumerate(policy.rules):
        if rule.enabled:
            members = directory.members(rule.guests) if rule.type in SOFT_TYPES else set()
            complaints += (*unknown_names(cluster, directory, rule), *_too_few(rule, members))
            binding = members & counted
            if len(binding) >= _least(rule) and rule.type in SOFT_TYPES:
                clauses[rule.strength].append(_clause(cluster, rule, tuple(sorted(binding)), position))
    return Demands(binding=tuple(clauses[MUST]), wishes=tuple(clauses[SHOULD]), ineffective=tuple(complaints))


def _clause(cluster: Cluster, rule: Rule, vmids: tuple[int, ...], position: int) -> Clause:
    everywhere, named = frozenset(cluster.node_by_name), frozenset(rule.nodes)
    is_barring = rule.type == BARRING
    allowed = everywhere - named if is_barring else everywhere & named
    return Clause(
        source=f"rule {rule.name}",
        type=RUN_ON if is_barring else rule.type,
        vmids=vmids,
        nodes=allowed if rule.type in (RUN_ON, BARRING) else frozenset(),
        age=(-inf, position) if rule.created is None else (rule.created, 0),
        is_barring=is_barring,
    )


def _too_few(rule: Rule, members: set[int]) -> Iterator[str]:
    """Nobody at all is told of by the names that match nothing."""
    if len(members) == 1 and _least(rule) == PAIR:
        yield f"rule {rule.name} has no effect: {min(members)} is its only guest"


def _least(rule: Rule) -> int:
    return PAIR if rule.type in (TOGETHER, SEPARATE) else 1

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
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import SOFT_TYPES, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import RUN_ON, SEPARATE, TOGETHER, Clause
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import Directory, unknown_names

BARRING = "not_run_on"


def in_scope(guest: Guest, policy: Policy) -> bool:
    """Takes part in rules (drs-model 3.4); a template never runs."""
    return guest.is_active or (policy.rules_scope == "all" and not guest.is_template)


def declared_clauses(cluster: Cluster, policy: Policy, directory: Directory, strength: str) -> Iterator[Clause]:
    """Those of one strength that bind anybody, in the order of the rules."""
    for position, rule in enumerate(policy.rules):
        if rule.enabled and rule.type in SOFT_TYPES and rule.strength == strength:
            members = (cluster.guest_by_vmid[vmid] for vmid in directory.members(rule.guests))
            vmids = tuple(guest.vmid for guest in members if in_scope(guest, policy))
            if len(vmids) >= _least(rule):
                yield _clause(cluster, rule, vmids, position)


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


def without_effect(cluster: Cluster, policy: Policy, directory: Directory) -> Iterator[str]:
    """What rules name that does not exist, and rules with too few guests to bind (drs-model 3.4)."""
    for rule in policy.rules:
        if rule.enabled:
            yield from unknown_names(cluster, directory, rule)
            yield from _too_few(directory, rule)


def _too_few(directory: Directory, rule: Rule) -> Iterator[str]:
    """Nobody at all is told of by the names that match nothing."""
    members = directory.members(rule.guests) if rule.type in (TOGETHER, SEPARATE) else ()
    if len(members) == 1:
        yield f"rule {rule.name} has no effect: {members[0]} is its only guest"


def _least(rule: Rule) -> int:
    return 2 if rule.type in (TOGETHER, SEPARATE) else 1

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Rules of every source -> what the constraints look up."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import CompiledRules, Preference
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import MUST, SHOULD, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.bundles import bundles_of, domains_of, separations_of
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import RUN_ON, SEPARATE, TOGETHER, Clause
from ansible_collections.pve.drs.plugins.module_utils.core.rules.declared import declared_clauses, without_effect
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import Directory, directory_of

# drs-model 3.7: what a wish is worth that is not kept
WEIGHTS = {SEPARATE: 3.0, RUN_ON: 2.0, TOGETHER: 1.0}


def compile_rules(cluster: Cluster, policy: Policy) -> CompiledRules:
    """Resolve members against the cluster and put together what binds each guest (drs-model 3)."""
    directory = directory_of(cluster)
    enabled = tuple(rule for rule in policy.rules if rule.enabled)
    accepted = tuple(declared_clauses(cluster, policy, directory, MUST))
    bundles = bundles_of(accepted)
    return CompiledRules(
        pinned=_reasons(directory, enabled, "pin", f"{policy.tag_prefix}-pin"),
        ignored=_reasons(directory, enabled, "ignore", f"{policy.tag_prefix}-ignore"),
        max_guests=_guest_counts(cluster, enabled),
        bundles=bundles,
        separations=separations_of(accepted, bundles),
        domains=domains_of(accepted, bundles),
        preferences=tuple(map(_preference, declared_clauses(cluster, policy, directory, SHOULD))),
        ineffective=tuple(without_effect(cluster, policy, directory)),
    )


def _preference(clause: Clause) -> Preference:
    return Preference(
        type=clause.type,
        vmids=clause.vmids,
        nodes=clause.nodes,
        source=clause.source,
        weight=WEIGHTS[clause.type],
    )


def _reasons(directory: Directory, rules: Iterable[Rule], kind: str, tag: str) -> dict[int, str]:
    """The first rule wins over those further down, and any rule over a tag."""
    reasons = dict.fromkeys(directory.find("tags", tag), f"tag {tag}")
    for rule in reversed([rule for rule in rules if rule.type == kind]):
        reasons.update(dict.fromkeys(directory.members(rule.guests), f"rule {rule.name}"))
    return reasons


def _guest_counts(cluster: Cluster, rules: Iterable[Rule]) -> dict[str, tuple[int, str]]:
    counts: dict[str, tuple[int, str]] = {}
    for rule in rules:
        if rule.type == "max_guests" and rule.count is not None:
            for node in rule.nodes or tuple(cluster.node_by_name):
                counts[node] = min(counts.get(node, (rule.count, rule.name)), (rule.count, rule.name))
    return counts

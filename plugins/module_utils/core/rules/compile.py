# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Rules of every source -> what the constraints look up (drs-model 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.ha.reading import read_ha
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import CompiledRules, Preference
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.automation import automation_of, distrusted
from ansible_collections.pve.drs.plugins.module_utils.core.rules.bundles import bundles_of, domains_of, separations_of
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import RUN_ON, SEPARATE, TOGETHER, Demands
from ansible_collections.pve.drs.plugins.module_utils.core.rules.declared import declared
from ansible_collections.pve.drs.plugins.module_utils.core.rules.ha import kept_to_preferred, managed
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import Directory, directory_of
from ansible_collections.pve.drs.plugins.module_utils.core.rules.present import staying, unsatisfiable
from ansible_collections.pve.drs.plugins.module_utils.core.rules.sentences import disabled_rule, doubt
from ansible_collections.pve.drs.plugins.module_utils.core.rules.settle import settle
from ansible_collections.pve.drs.plugins.module_utils.core.rules.tags import IGNORE, PIN, marking_tags, tagged

# drs-model 3.7: what a wish is worth that is not kept
WEIGHTS = {SEPARATE: 3.0, RUN_ON: 2.0, TOGETHER: 1.0}


def compile_rules(cluster: Cluster, policy: Policy) -> CompiledRules:
    """Resolve members against the cluster, leave out what contradicts something older, put together what is left."""
    directory, reading = directory_of(cluster), read_ha(cluster)
    sources = (managed(reading), declared(cluster, policy, directory), tagged(cluster, policy))
    settled = settle([clause for source in sources for clause in source.binding], frozenset(cluster.node_by_name))
    bundles = bundles_of(settled.accepted)
    pinned, ignored = (_held(policy, directory, kind) for kind in (PIN, IGNORE))
    preferred = tuple(kept_to_preferred(reading))
    facts = (*staying(cluster, {**ignored, **pinned}), *preferred)
    return CompiledRules(
        pinned=pinned,
        ignored=ignored,
        max_guests=_guest_counts(cluster, policy.rules),
        bundles=bundles,
        separations=separations_of(settled.accepted, bundles),
        domains=domains_of((*settled.accepted, *preferred), bundles),
        preferences=tuple(_preferences(sources)),
        automation=automation_of(policy, directory),
        disabled=tuple(disabled_rule(cluster, rejected) for rejected in settled.rejected),
        ineffective=(
            *(text for source in sources for text in source.ineffective),
            *distrusted(policy, directory),
        ),
        warnings=(*map(doubt, settled.unproven), *unsatisfiable(cluster, settled.accepted, facts)),
    )


def _preferences(sources: Iterable[Demands]) -> Iterator[Preference]:
    """A wish for nodes that do not exist is nothing that could be kept."""
    for clause in (clause for source in sources for clause in source.wishes):
        if clause.nodes or clause.type != RUN_ON:
            weight = WEIGHTS[clause.type]
            yield Preference(
                type=clause.type, vmids=clause.vmids, nodes=clause.nodes, source=clause.source, weight=weight
            )


def _held(policy: Policy, directory: Directory, kind: str) -> dict[int, str]:
    """Why guests are pinned or ignored: the first rule wins over those further down, and any rule over a tag."""
    reasons: dict[int, str] = {}
    for tag in marking_tags(policy, directory, kind):
        reasons |= dict.fromkeys(directory.find("tags", tag), f"tag {tag}")
    for rule in reversed([rule for rule in policy.rules if rule.enabled and rule.type == kind]):
        reasons.update(dict.fromkeys(directory.members(rule.guests), f"rule {rule.name}"))
    return reasons


def _guest_counts(cluster: Cluster, rules: Iterable[Rule]) -> dict[str, tuple[int, str]]:
    counts: dict[str, tuple[int, str]] = {}
    for rule in rules:
        if rule.enabled and rule.type == "max_guests" and rule.count is not None:
            for node in rule.nodes or tuple(cluster.node_by_name):
                counts[node] = min(counts.get(node, (rule.count, rule.name)), (rule.count, rule.name))
    return counts

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How a cluster stands, as plain data with units in the names: what drs_facts returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.assess import assess
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import SINGLE_METHODS, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Assessment
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.needs import needs_of
from ansible_collections.pve.drs.plugins.module_utils.core.report import assessment_report, percent
from ansible_collections.pve.drs.plugins.module_utils.glue.listing import (
    Facts,
    cluster_facts,
    guest_facts,
    migration_facts,
    node_facts,
    rule_facts,
)

ALL = "all"


def facts_of(cluster: Cluster, policy: Policy, subsets: Iterable[str] = (ALL,)) -> Facts:
    """The named subsets, with the cluster itself and all warnings in any case.

    Raises BadPolicy, and NoMeasurement when a node's figures are missing (drs-model 2.9).
    """
    wanted = set(subsets)
    facts = {"cluster": cluster_facts(cluster)}
    for name, gather in SUBSETS.items():
        if wanted & {ALL, name}:
            facts |= gather(cluster, policy)
    return facts | {"warnings": [*cluster.warnings, *make_problem(cluster, policy).rules.ineffective]}


def _load(cluster: Cluster, policy: Policy) -> Facts:
    """By the policy's method, and by all others as far as they need no more figures than it does."""
    judged, not_measured = {policy.method: _judged(cluster, policy)}, {}
    for other in _others(policy):
        try:
            judged[other.method] = _judged(cluster, other)
        except (NoMeasurement, BadPolicy) as error:
            not_measured[other.method] = str(error)
    chosen = assessment_report(judged[policy.method])
    return {
        "method": policy.method,
        "load": {method: _percent_by_node(assessment) for method, assessment in judged.items()},
        "not_measured": not_measured,
        "imbalance": {method: assessment_report(assessment)["imbalance"] for method, assessment in judged.items()},
        "triggers": chosen["triggers"],
        "violations": chosen["violations"],
    }


def _others(policy: Policy) -> Iterator[Policy]:
    """The same with each other method."""
    collected = needs_of(policy)
    others = (replace(policy, method=method) for method in SINGLE_METHODS if method != policy.method)
    return (other for other in others if needs_of(other) | collected == collected)


def _judged(cluster: Cluster, policy: Policy) -> Assessment:
    problem = make_problem(cluster, policy)
    return assess(problem, problem.placement())


def _percent_by_node(assessment: Assessment) -> dict[str, float]:
    """For the nodes that are online and measured."""
    return {load.node: percent(load.load) for load in assessment.loads}


SUBSETS: Mapping[str, Callable[[Cluster, Policy], Facts]] = {
    "nodes": lambda cluster, _policy: {"nodes": node_facts(cluster)},
    "guests": lambda cluster, _policy: {"guests": guest_facts(cluster)},
    "migrations": lambda cluster, _policy: {"migrations": migration_facts(cluster)},
    "rules": lambda cluster, _policy: {"rules": rule_facts(cluster)},
    "load": _load,
}

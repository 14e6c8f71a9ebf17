# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How a cluster stands, as plain data with units in the names: what drs_facts returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.assess import assess
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import METHODS, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Migration, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Assessment
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.report import assessment_report, percent

Facts = dict[str, Any]


def facts_of(cluster: Cluster, policy: Policy) -> Facts:
    """Nodes and guests by name and vmid, load and imbalance by method, and what the policy makes of it.

    Raises BadPolicy, and NoMeasurement when a node's figures are missing (drs-model 2.9).
    """
    problem = make_problem(cluster, policy)
    judged = {method: _judged(cluster, replace(policy, method=method)) for method in METHODS}
    chosen = assessment_report(judged[policy.method])
    return {
        "cluster": _cluster(cluster),
        "nodes": {node.name: _node(cluster, node) for node in cluster.nodes},
        "guests": {str(guest.vmid): _guest(guest) for guest in cluster.guests},
        "migrations": [_migration(migration) for migration in cluster.migrations],
        "rules": [{"vmid": vmid, "reason": reason} for vmid, reason in sorted(cluster.ha_rules.items())],
        "method": policy.method,
        "load": {method: _load(assessment) for method, assessment in judged.items()},
        "imbalance": {method: assessment_report(assessment)["imbalance"] for method, assessment in judged.items()},
        "triggers": chosen["triggers"],
        "violations": chosen["violations"],
        "warnings": [*cluster.warnings, *problem.rules.ineffective],
    }


def _judged(cluster: Cluster, policy: Policy) -> Assessment:
    problem = make_problem(cluster, policy)
    return assess(problem, problem.placement())


def _load(assessment: Assessment) -> dict[str, float]:
    """Percent by node, for the nodes that are online and measured."""
    return {load.node: percent(load.load) for load in assessment.loads}


def _cluster(cluster: Cluster) -> Facts:
    return {
        "name": cluster.name,
        "version": cluster.version,
        "quorate": cluster.is_quorate,
        "auto_rebalance": cluster.auto_rebalance,
        "fingerprint": cluster.fingerprint,
    }


def _node(cluster: Cluster, node: Node) -> Facts:
    return {
        "status": node.status,
        "hastate": node.hastate,
        "in_maintenance": node.in_maintenance,
        "uptime_seconds": node.uptime_seconds,
        "guests": [guest.vmid for guest in cluster.guests if guest.node == node.name],
        **_amounts("capacity", node.capacity),
        **_amounts("used", node.usage),
    }


def _guest(guest: Guest) -> Facts:
    return {
        "name": guest.name,
        "type": guest.type,
        "node": guest.node,
        "status": guest.status,
        "template": guest.is_template,
        "lock": guest.lock,
        "tags": sorted(guest.tags),
        "pool": guest.pool,
        "hastate": guest.hastate,
        "estimated": guest.is_estimated,
        **_amounts("size", guest.size),
        **_amounts("demand", guest.demand),
    }


def _amounts(name: str, amount: Resources | None) -> Facts:
    """Nothing is shown as zero that PVE did not report."""
    return {
        f"{name}_cores": round(amount.cpu, 3) if amount else None,
        f"{name}_memory_bytes": round(amount.memory) if amount else None,
    }


def _migration(migration: Migration) -> Facts:
    return {"vmid": migration.vmid, "source": migration.source, "target": migration.target}

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Module parameters -> policy: percent becomes a fraction, Gbit/s becomes bytes per second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import MIXABLE_METHODS
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.methods.weighted import require_weights
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.ranges import require_ranges
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_options import rules_from

Params = Mapping[str, Any]
BYTES_PER_GBIT = 1e9 / 8


def judging_policy(params: Params) -> Policy:
    """What the options of pve.drs.policy say. Raises BadPolicy."""
    require_ranges(params)
    return Policy(
        method=params["method"],
        estimator=params["estimator"],
        method_weights=_weights(params),
        assigned_scope=params["assigned_scope"],
        balanciness=params["balanciness"] / 100,
        memory_max=params["memory_max"] / 100,
        cpu_max=params["cpu_max"] / 100,
        excluded_nodes=frozenset(params["excluded_nodes"]),
        rules=rules_from(params["rules"]),
    )


def moving_policy(params: Params) -> Policy:
    """What the options of pve.drs.policy and pve.drs.policy.moving say. Raises BadPolicy."""
    judging = judging_policy(params)
    if "disk" in (judging.method, *judging.method_weights) and not params["with_local_disks"]:
        raise BadPolicy("method disk moves guests together with their local disks: set with_local_disks to allow it")
    return replace(
        judging,
        restart_containers=params["restart_containers"],
        with_local_disks=params["with_local_disks"],
        link_bytes=params["migration_link_gbit"] * BYTES_PER_GBIT,
        explain=tuple(dict.fromkeys(params["explain"])),
        limits=Limits(
            max_moves=params["max_moves"],
            max_parallel=params["max_parallel"],
            max_parallel_per_node=params["max_parallel_per_node"],
        ),
    )


def _weights(params: Params) -> dict[str, float]:
    """Raises BadPolicy where method and method_weights do not go together."""
    if params["method"] != "weighted":
        if params["method_weights"]:
            raise BadPolicy(f"method_weights is for method weighted, but the method is {params['method']}")
        return {}
    try:
        weights = {str(name): float(weight) for name, weight in params["method_weights"].items()}
    except (TypeError, ValueError):
        raise BadPolicy("method_weights must hold numbers, such as {cpu: 1, memory: 1}") from None
    return require_weights(weights, MIXABLE_METHODS)


def require_nodes(policy: Policy, cluster: Cluster) -> None:
    """Raises BadPolicy when excluded_nodes and the cluster do not go together.

    A misspelt node would silently not be excluded.
    """
    nodes = cluster.node_by_name
    unknown = sorted(policy.excluded_nodes - nodes.keys())
    if unknown:
        raise BadPolicy(
            f"excluded_nodes names {', '.join(unknown)}, but cluster {cluster.name} has only {', '.join(nodes)}"
        )
    if nodes and policy.excluded_nodes == nodes.keys():
        raise BadPolicy(f"excluded_nodes names every node of cluster {cluster.name}: no guest could move anywhere")

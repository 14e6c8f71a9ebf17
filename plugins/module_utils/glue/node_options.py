# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options that name nodes: which take part, which only lose guests, which are to be empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.guard_options import require_labelled_nodes

LISTS = ("excluded_nodes", "maintenance_nodes", "enabled_nodes", "disabled_nodes")


def node_lists(params: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the policy. Raises BadPolicy where a node is to be emptied, and to be left alone."""
    fields: dict[str, Any] = {option: frozenset(params[option]) for option in LISTS}
    policy = Policy(**fields)
    torn = sorted(node for node in policy.maintenance_nodes if policy.leaves_alone(node))
    if torn:
        left = "disabled_nodes" if torn[0] in policy.disabled_nodes else "enabled_nodes"
        raise BadPolicy(
            f"maintenance_nodes wants {', '.join(torn)} to be emptied, but {left} says that no guest leaves it: "
            "take it out of one of them"
        )
    return fields


def require_nodes(policy: Policy, cluster: Cluster) -> None:
    """Raises BadPolicy when options that name nodes and the cluster do not go together.

    A misspelt node would silently not be excluded.
    """
    require_labelled_nodes(policy, cluster)
    nodes = cluster.node_by_name
    for option in LISTS:
        unknown = sorted(getattr(policy, option) - nodes.keys())
        if unknown:
            raise BadPolicy(
                f"{option} names {', '.join(unknown)}, but cluster {cluster.name} has only {', '.join(nodes)}"
            )
    _require_open_ones(policy, cluster)


def _require_open_ones(policy: Policy, cluster: Cluster) -> None:
    """Raises BadPolicy where no node is left that may take guests."""
    closed = {
        node: next((option for option in LISTS if option != "enabled_nodes" and node in getattr(policy, option)), "")
        for node in cluster.node_by_name
        if not policy.enabled_nodes or node in policy.enabled_nodes
    }
    if closed and all(closed.values()):
        options = " and ".join(dict.fromkeys(closed.values()))
        told = "names" if len(set(closed.values())) == 1 else "together name"
        which = "every node that is enabled" if policy.enabled_nodes else "every node"
        raise BadPolicy(f"{options} {told} {which} of cluster {cluster.name}: no guest could move anywhere")

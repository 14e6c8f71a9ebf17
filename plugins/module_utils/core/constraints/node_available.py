# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Only a node that is online, not in maintenance and of known capacity may gain guests."""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_node import NodeConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


def build(given: Given) -> NodeConstraint:
    """Guests that run on a node in maintenance, or being evacuated, are violations: it waits to be empty (drs-model 6.2)."""
    declared = given.policy.maintenance_nodes
    reasons = {node.name: _why_closed(node, declared) for node in given.cluster.nodes}

    def broken(placement: Placement, node: str) -> tuple[Violation, ...]:
        known = placement.cluster.node_by_name[node]
        left = placement.active_guests_on(node) if known.is_source_only else 0
        state = _state(known, declared)
        reason = f"{node} is {state} and still runs {left} guest(s)"
        return (Violation(constraint="node_available", node=node, reason=reason, excess=float(left)),) if left else ()

    closed = {name: reason for name, reason in reasons.items() if reason}
    return NodeConstraint(name="node_available", closed=closed, broken=broken)


def _state(node: Node, declared: Collection[str]) -> str:
    if node.in_maintenance:
        return "in maintenance"
    return "in maintenance (maintenance_nodes)" if node.name in declared else "being evacuated"


def _why_closed(node: Node, declared: Collection[str]) -> str | None:
    if not node.is_online:
        return f"{node.name} is {node.status}"
    if node.is_source_only:
        return f"{node.name} is {_state(node, declared)}"
    if node.hastate not in (None, "online"):
        return f"the HA manager has {node.name} in state {node.hastate}"
    return None if node.has_capacity else f"{node.name} reports no capacity"

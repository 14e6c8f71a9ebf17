# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A locked, lost or half-started guest stays; so do templates (drs-model 3.3, state guard)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_guest import GuestConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest

MOVABLE_STATES = ("running", "stopped")


def build(given: Given) -> GuestConstraint:
    """Looks at template (unless templates move, too), lock and status, at the node's status, and at migrations under way."""
    under_way = {migration.vmid for migration in given.cluster.migrations}
    nodes = given.cluster.node_by_name

    def reason(guest: Guest) -> str | None:
        node = nodes.get(guest.node)
        if node is None or not node.is_online:
            return f"its node {guest.node} is {node.status if node else 'not a member of the cluster'}"
        if guest.vmid in under_way:
            return "it is already being migrated"
        if guest.is_template and not given.policy.moves_templates:
            return "it is a template"
        if guest.lock:
            return f"it is locked ({guest.lock})"
        return None if guest.status in MOVABLE_STATES else f"its status is {guest.status}"

    return GuestConstraint(name="guest_state", reason=reason)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes that the policy closes for arrivals; guests may still leave them."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_node import NodeConstraint


def build(given: Given) -> NodeConstraint:
    """Option `excluded_nodes`."""
    return NodeConstraint(
        name="excluded_nodes",
        closed={node: f"{node} is excluded as a target" for node in sorted(given.policy.excluded_nodes)},
    )

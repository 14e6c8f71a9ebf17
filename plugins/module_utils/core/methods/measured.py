# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The nodes that a method judges: a missing figure stops the run, it is never zero (drs-model 2.9)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Node


def measured_nodes(given: Given, name: str) -> tuple[Node, ...]:
    """Those that are online. Raises NoMeasurement where one that takes part does not say what it uses."""
    policy = given.policy
    nodes = tuple(n for n in given.cluster.measured_nodes if n.usage is not None or not policy.leaves_alone(n.name))
    blind = [node.name for node in nodes if node.usage is None]
    if blind:
        raise NoMeasurement(
            f"method {name}: no usage figures from node {', '.join(blind)}; "
            f"is pvestatd running there, and does the user hold Sys.Audit on /nodes/{blind[0]}?"
        )
    return nodes

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes that swap while tasks wait for memory take no guest, as far as that was looked at (drs-model 3.3)."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_node import NodeConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import NO_OBJECT_HISTORY

SWAP_SHARE = 0.10


def build(given: Given) -> NodeConstraint:
    """Swap is known of nodes whose status was asked for, pressure where it was recorded and read.

    Pressure above the limits of method psi is the constraint `pressure`.
    """
    return NodeConstraint(name="hot_target", closed=dict(_closed(given)))


def _closed(given: Given) -> Iterator[tuple[str, str]]:
    for node in given.cluster.nodes:
        share, waits = _swap_share(node), _memory_pressure(given, node)
        if share > SWAP_SHARE and waits > 0.0:
            yield node.name, f"{node.name} uses {100 * share:.0f} % of its swap, and tasks wait for memory there"


def _swap_share(node: Node) -> float:
    if node.details is None or not node.details.swap_total_bytes:
        return 0.0
    return (node.details.swap_used_bytes or 0.0) / node.details.swap_total_bytes


def _memory_pressure(given: Given, node: Node) -> float:
    """The newest value in percent; 0 where none is fresh."""
    history = given.cluster.history.nodes.get(node.name, NO_OBJECT_HISTORY)
    series = history.pressure.get("memory_some")
    return series.known[-1][1] if series and series.is_fresh(given.cluster.history.now) else 0.0

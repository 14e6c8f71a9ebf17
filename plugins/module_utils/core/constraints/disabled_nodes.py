# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes that take no part: guests neither leave them nor come to them, whatever is wrong there."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_guest import NOWHERE
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class DisabledNodes:
    """`names` are all that take no part, as they are disabled or others are enabled."""

    names: frozenset[str]
    name: str = "disabled_nodes"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        closed = next((node for node in (move.source, move.target) if node in self.names), None)
        return f"{closed} takes no part (enabled_nodes, disabled_nodes)" if closed else None

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        return NOWHERE if placement.node_of[vmid] in self.names else among - self.names


def build(given: Given) -> DisabledNodes:
    """Options `enabled_nodes` and `disabled_nodes`."""
    names = (node.name for node in given.cluster.nodes)
    return DisabledNodes(names=frozenset(name for name in names if given.policy.leaves_alone(name)))

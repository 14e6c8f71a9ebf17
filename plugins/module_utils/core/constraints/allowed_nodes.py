# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests stay on, and come home to, the nodes that the rules allow them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Domain
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

# Worse than a bundle apart, less bad than guests that meet (drs-model 3.7).
WEIGHT = 6.0
NODES_NAMED = 4


@dataclass(frozen=True, slots=True)
class AllowedNodes:
    """drs-model 3.2: run_on, not_run_on and HA node affinity; every rule by itself, so that reasons can name it."""

    domains: Mapping[int, tuple[Domain, ...]]
    name: str = "allowed_nodes"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        if not self.domains:
            return ()
        outside: dict[str, list[int]] = defaultdict(list)
        for vmid in sorted(self.domains.keys() & placement.guests_on(node)):
            for domain in self.domains[vmid]:
                if placement.node_of[vmid] == node and node not in domain.nodes:
                    outside[domain.source].append(vmid)
        return tuple(_violation(placement, node, source, vmids) for source, vmids in outside.items())

    def refusal(self, placement: Placement, move: Move) -> str | None:
        for domain in self.domains.get(move.vmid, ()):
            if move.target not in domain.nodes:
                return f"{domain.source} does not allow it on {move.target}{_allowed(domain)}"
        return None

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        for domain in self.domains.get(vmid, ()):
            among &= domain.nodes
        return among


def build(given: Given) -> AllowedNodes:
    """Domains are compiled from rules of type run_on and not_run_on, and from HA rules and groups."""
    return AllowedNodes(given.rules.domains)


def _violation(placement: Placement, node: str, source: str, vmids: list[int]) -> Violation:
    labels = ", ".join(placement.guest(vmid).label for vmid in vmids)
    reason = f"{node} holds {labels}, which {source} does not allow there"
    return Violation(
        constraint="allowed_nodes", node=node, reason=reason, excess=WEIGHT * len(vmids), vmids=tuple(vmids)
    )


def _allowed(domain: Domain) -> str:
    """A few names say more than a long list."""
    return f", only on {', '.join(sorted(domain.nodes))}" if 0 < len(domain.nodes) <= NODES_NAMED else ""

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes with a busy network take no guest more (drs-model 2.8, 3.3)."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading
from ansible_collections.pve.drs.plugins.module_utils.core.network import NAME, network_reading
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

SATURATED = 0.8
LIMIT = f"{100 * SATURATED:.0f} %"


@dataclass(frozen=True, slots=True)
class NetworkConstraint:
    """Without a reading, and for nodes that it does not tell of, it allows everything.

    A busy network is no violation: moving guests away takes more of it for the time being.
    """

    reading: Reading | None
    name: str = NAME

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        reading = self.reading
        if reading is None or move.target not in reading.nodes or not placement.guest(move.vmid).is_active:
            return None
        used, link = placement.amount(NAME, move.target), reading.capacity[move.target]
        if round(used / link, 9) >= SATURATED:
            return (
                f"{move.target} uses {_percent(used / link)} of its network link, and takes guests below {LIMIT} only"
            )
        if move.vmid in reading.guessed:
            return f"how much it sends and receives is not known, and {move.target} may use {LIMIT} of its network link only"
        after = (used + reading.guests[move.vmid]) / link
        if round(after, 9) > SATURATED:
            return f"{move.target} would use {_percent(after)} of its network link, above the {LIMIT} allowed"
        return None

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        if self.reading is None:
            return among
        source = placement.node_of[vmid]
        return frozenset(node for node in among if not self.refusal(placement, Move(vmid, source, node)))


def build(given: Given) -> NetworkConstraint:
    """Raises BadPolicy where a link is named that no node has."""
    return NetworkConstraint(network_reading(given.cluster, given.policy))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

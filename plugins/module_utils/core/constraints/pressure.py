# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""With method psi, nodes that wait too often lose a guest, and gain none (drs-model 2.7.3, 3.3)."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.methods.psi import PSI, gauge
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.pressure.gauge import HOT, SURELY_COOL, PressureGauge


@dataclass(frozen=True, slots=True)
class PressureConstraint:
    """Without a gauge, which is to say with any other method, it allows everything."""

    pressure: PressureGauge | None
    name: str = "pressure"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        what, index = self._highest(placement, node)
        if round(index, 9) < HOT:
            return ()
        reason = f"{node} is under pressure: {what} is at {100 * index:.0f} % of its limit"
        return (Violation(constraint=self.name, node=node, reason=reason, excess=index - HOT),)

    def nearest(self, placement: Placement) -> str | None:
        """The node under most pressure, where any is known."""
        highest = {node: self._highest(placement, node) for node in sorted(placement.node_names)}
        node = max(highest, key=lambda name: highest[name][1], default=None)
        if node is None or not highest[node][0]:
            return None
        what, index = highest[node]
        return f"{what} of {node} is at {100 * index:.0f} % of its limit, the most of all nodes"

    def _highest(self, placement: Placement, node: str) -> tuple[str, float]:
        """What presses most, and in which part of its limit; nothing where nobody knows."""
        if self.pressure is None or not self.pressure.measures(node) or node in self.pressure.settling:
            return "", 0.0
        indexes = self.pressure.indexes(placement, node)
        return max(indexes.items(), key=lambda item: item[1], default=("", 0.0))

    def refusal(self, placement: Placement, move: Move) -> str | None:
        if self.pressure is None or not self.pressure.measures(move.target):
            return None
        now, at_most = self.pressure.span(placement, move.target)
        if now >= HOT:
            return f"{move.target} is under pressure itself"
        if at_most >= SURELY_COOL and self.pressure.load(placement, move.target, arriving=(move.vmid,)) >= HOT:
            return f"{move.target} would come under pressure"
        return None

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        if self.pressure is None:
            return among
        source = placement.node_of[vmid]
        return frozenset(node for node in among if not self.refusal(placement, Move(vmid, source, node)))


def build(given: Given) -> PressureConstraint:
    """Only where pressure is known, which method psi asks for. Raises NoMeasurement."""
    return PressureConstraint(gauge(given) if given.policy.method == PSI.name else None)

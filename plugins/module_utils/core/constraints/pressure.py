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
        if self.pressure is None or not self.pressure.measures(node) or node in self.pressure.settling:
            return ()
        indexes = self.pressure.indexes(placement, node)
        highest = max(indexes, key=lambda name: indexes[name], default=None)
        if highest is None or round(indexes[highest], 9) < HOT:
            return ()
        reason = f"{node} is under pressure: {highest} is at {100 * indexes[highest]:.0f} % of its limit"
        return (Violation(constraint=self.name, node=node, reason=reason, excess=indexes[highest] - HOT),)

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

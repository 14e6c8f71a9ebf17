# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that must be on nodes of their own never meet, not even while one of them is under way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_guest import NOWHERE
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Bundle, Separation
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

# Worse than a guest on the wrong node, which is worse than a bundle apart (drs-model 3.7).
WEIGHT = 8.0


@dataclass(frozen=True, slots=True)
class Separate:
    """drs-model 3.2, 3.5, 3.9: both ends of a guest under way count; guests of one bundle are one.

    Of so many that meet on a node, all but one are too many.
    """

    apart: Mapping[int, tuple[Separation, ...]]
    bundles: Mapping[int, Bundle]
    name: str = "separate"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        if not self.apart or not self._some_meet(placement, node):
            return ()
        meeting: dict[Separation, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for vmid in self._bound(placement, node):
            for separation in self.apart[vmid]:
                meeting[separation][self._head(vmid)].append(vmid)
        return tuple(_violation(placement, node, s.source, units) for s, units in meeting.items() if len(units) > 1)

    def _bound(self, placement: Placement, node: str) -> list[int]:
        """Guests of the node that must not meet others; one that is only on its way there is none of it yet."""
        return sorted(vmid for vmid in self.apart.keys() & placement.guests_on(node) if placement.node_of[vmid] == node)

    def _some_meet(self, placement: Placement, node: str) -> bool:
        """Quick to tell of nodes where nothing is wrong, which is most of them."""
        first: dict[int, int] = {}
        for vmid in self._bound(placement, node):
            for separation in self.apart[vmid]:
                other = first.setdefault(id(separation), vmid)
                if other != vmid and self._head(other) != self._head(vmid):
                    return True
        return False

    def refusal(self, placement: Placement, move: Move) -> str | None:
        for other, source in self._others(move.vmid):
            end = placement.bound_for(other)
            if move.target in (placement.node_of[other], end) or end is None:
                return f"{source} keeps it apart from {placement.guest(other).label}, {_whereabouts(placement, other)}"
        return None

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        taken: set[str] = set()
        for other, _source in self._others(vmid):
            end = placement.bound_for(other)
            if end is None:
                return NOWHERE
            taken |= {placement.node_of[other], end}
        return among - taken

    def _others(self, vmid: int) -> Iterator[tuple[int, str]]:
        """Those that it must not meet, with the rule that says so."""
        head = self._head(vmid)
        for separation in self.apart.get(vmid, ()):
            yield from ((other, separation.source) for other in separation.vmids if self._head(other) != head)

    def _head(self, vmid: int) -> int:
        """The first of the bundle stands for all of it."""
        bundle = self.bundles.get(vmid)
        return bundle.vmids[0] if bundle else vmid


def build(given: Given) -> Separate:
    """A rule that names one guest of a bundle holds for all of them (drs-model 3.5)."""
    return Separate(given.rules.separations, given.rules.bundles)


def _violation(placement: Placement, node: str, source: str, units: Mapping[int, list[int]]) -> Violation:
    vmids = tuple(vmid for unit in units.values() for vmid in unit)
    labels = ", ".join(placement.guest(vmid).label for vmid in sorted(vmids))
    reason = f"{node} holds {labels}, which {source} keeps apart"
    return Violation(
        constraint="separate", node=node, reason=reason, excess=WEIGHT * (len(units) - 1), vmids=tuple(sorted(vmids))
    )


def _whereabouts(placement: Placement, vmid: int) -> str:
    node, end = placement.node_of[vmid], placement.bound_for(vmid)
    if end is None:
        return "which is under way to nobody knows where"
    return f"which is on {node}" if end == node else f"which is on its way from {node} to {end}"

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Constraints that look at the target alone: it takes any guest, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConstraint:
    """`closed` gives, by node, why nothing may move there; `broken` what is wrong with it now."""

    name: str
    closed: Mapping[str, str]
    broken: Callable[[Placement, str], tuple[Violation, ...]] | None = None

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return self.broken(placement, node) if self.broken else ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        return self.closed.get(move.target)

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        return among - self.closed.keys()

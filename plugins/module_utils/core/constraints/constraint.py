# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a constraint is: it judges a placement and refuses moves, with a reason."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


class Constraint(Protocol):
    """`refusal` and `targets` are two forms of one answer; a law holds them together.

    `targets` gets the nodes that are left and returns those of them that it allows.
    """

    @property
    def name(self) -> str: ...

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]: ...

    def refusal(self, placement: Placement, move: Move) -> str | None: ...

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]: ...


@runtime_checkable
class Ceiling(Constraint, Protocol):
    """One with a figure for each node: `nearest` tells it of the node that is closest to what is allowed, while none is beyond."""

    def nearest(self, placement: Placement) -> str | None: ...

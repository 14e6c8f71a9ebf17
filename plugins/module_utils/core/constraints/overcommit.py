# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What guests were promised stays below a multiple of what a node has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.tally import Tally
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Overcommit:
    """A node without a limit in `room` takes any guest, and so does a limit that nobody set.

    Nothing is a violation: a node above its limit may lose guests or keep them, but not gain (drs-model 3.3).
    """

    name: str
    room: Mapping[str, float]
    promised: Tally
    show: Callable[[float], str]

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        if self._fits(placement, move.vmid, move.target):
            return None
        would = self.promised.claimed(placement, move.target) + self.promised.amounts[move.vmid]
        limit = self.show(self.room[move.target])
        return f"guests on {move.target} would be promised {self.show(would)}, above the limit of {limit}"

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        if not self.room:
            return among
        return frozenset(node for node in among if self._fits(placement, vmid, node))

    def _fits(self, placement: Placement, vmid: int, node: str) -> bool:
        limit, more = self.room.get(node), self.promised.amounts[vmid]
        if limit is None or not more:
            return True
        return self.promised.claimed(placement, node) + more <= limit

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A guest that was moved a short while ago stays for now, and does not go back to where it came from (drs-model 6.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_guest import NOWHERE
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

NO_RETURN_FACTOR = 2.0
NEVER: tuple[PastMove, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooldown:
    """`recent` are the moves of each guest within twice the cool-down; what has to be mended does not wait for it."""

    recent: Mapping[int, tuple[PastMove, ...]]
    seconds: float
    now: float
    name: str = "cooldown"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        if placement.purpose == MANDATORY:
            return None
        moves = self.recent.get(move.vmid, NEVER)
        newest = max((past.ended for past in moves), default=None)
        if newest is not None and self.now - newest < self.seconds:
            return f"it was moved {self._ago(newest)} ago, and stays for {self.seconds / 60:g} minutes"
        left = max((past.ended for past in moves if past.source == move.target), default=None)
        if left is not None:
            return f"it left {move.target} {self._ago(left)} ago, and does not go back so soon"
        return None

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        moves = self.recent.get(vmid, NEVER)
        if not moves or placement.purpose == MANDATORY:
            return among
        if any(self.now - past.ended < self.seconds for past in moves):
            return NOWHERE
        return among - {past.source for past in moves}

    def _ago(self, ended: float) -> str:
        return f"{(self.now - ended) / 60:.0f} minutes"


def build(given: Given) -> Cooldown:
    """From the moves that are known, whoever made them."""
    seconds, now = given.policy.cooldown_seconds, given.cluster.history.now
    recent: dict[int, list[PastMove]] = {}
    for past in given.cluster.history.moves:
        if 0.0 <= now - past.ended < NO_RETURN_FACTOR * seconds:
            recent.setdefault(past.vmid, []).append(past)
    return Cooldown(recent={vmid: tuple(moves) for vmid, moves in recent.items()}, seconds=seconds, now=now)

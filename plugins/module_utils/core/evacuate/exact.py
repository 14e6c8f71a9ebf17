# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Targets by trying every combination, where simpler ways leave guests without one (drs-model 7.2)."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.ground import Ground
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit

# Questions where a guest may go; a second or a few of them.
MOST_QUESTIONS = 50_000


class Exact:
    """Depth first; the guest with the fewest targets left comes next, on the fullest node first."""

    def __init__(self, ground: Ground, most_questions: int = MOST_QUESTIONS) -> None:
        self._ground, self._left = ground, most_questions

    def place(self, waiting: Sequence[Unit]) -> bool:
        """All of them, or none."""
        if not waiting:
            return True
        if not self._may_go_on(len(waiting)) or self._ground.lacks_room(waiting):
            return False
        ways = {unit: self._ground.targets(unit) for unit in waiting}
        unit = min(waiting, key=lambda one: len(ways[one]))
        rest = [other for other in waiting if other != unit]
        return any(self._works(unit, node, rest) for node in self._fullest_first(ways[unit]))

    def _works(self, unit: Unit, node: str, rest: Sequence[Unit]) -> bool:
        self._ground.put(unit, node)
        if self.place(rest):
            return True
        self._ground.take(unit)
        return False

    def _may_go_on(self, questions: int) -> bool:
        self._left -= questions
        return self._left >= 0 and self._ground.problem.budget.has_time()

    def _fullest_first(self, nodes: frozenset[str]) -> list[str]:
        return sorted(nodes, key=lambda node: (-self._ground.placement.claimed(node).memory, node))

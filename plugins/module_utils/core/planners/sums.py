# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The variation of all loads when those of two nodes change, without adding them all up again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation_of_sums


@dataclass(frozen=True, slots=True)
class Sums:
    """Number of loads, their sum and the sum of their squares: enough for the variation."""

    count: int
    total: float
    squares: float

    def after(self, before: tuple[float, float], now: tuple[float, float]) -> float:
        """The variation when the loads of two nodes change."""
        total = self.total - before[0] - before[1] + now[0] + now[1]
        squares = self.squares - before[0] ** 2 - before[1] ** 2 + now[0] ** 2 + now[1] ** 2
        return variation_of_sums(self.count, total, squares)

    @property
    def variation(self) -> float:
        """As the loads are."""
        return variation_of_sums(self.count, self.total, self.squares)


def sums_of(loads: Mapping[str, float]) -> Sums:
    return Sums(len(loads), sum(loads.values()), sum(load * load for load in loads.values()))

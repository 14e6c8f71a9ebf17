# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Methods whose load is an amount by a capacity: each guest takes its own share along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True)
class LinearGauge:
    """drs-model 2.3: L = amount / capacity."""

    name: str
    reading: Reading

    @property
    def readings(self) -> Mapping[str, Reading]:
        return {self.name: self.reading}

    def load(self, placement: Placement, node: str, leaving: Sequence[int] = (), arriving: Sequence[int] = ()) -> float:
        amount, shares = placement.amount(self.name, node), self.reading.guests
        for vmid in leaving:
            amount -= shares[vmid]
        for vmid in arriving:
            amount += shares[vmid]
        return max(0.0, amount) / self.reading.capacity[node] if self.measures(node) else 0.0

    def measures(self, node: str) -> bool:
        return self.reading.capacity.get(node, 0.0) > 0.0

    def is_guess(self, vmid: int) -> bool:
        return vmid in self.reading.guessed

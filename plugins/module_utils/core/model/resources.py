# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Amounts of cpu and memory, always in the same units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resources:
    """cpu in cores (host threads), memory in bytes."""

    cpu: float
    memory: float

    def __add__(self, other: Resources) -> Resources:
        return Resources(self.cpu + other.cpu, self.memory + other.memory)

    def __sub__(self, other: Resources) -> Resources:
        return Resources(self.cpu - other.cpu, self.memory - other.memory)

    @property
    def positive(self) -> Resources:
        """Nothing in place of less than nothing."""
        return self if self.cpu >= 0 and self.memory >= 0 else Resources(max(0.0, self.cpu), max(0.0, self.memory))


NOTHING = Resources(0.0, 0.0)

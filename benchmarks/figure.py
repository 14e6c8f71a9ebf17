# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a benchmark measures: a named number with its unit and the most that it may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `at_most` is None where nothing was promised."""

    name: str
    value: float
    unit: str
    at_most: float | None = None

    @property
    def keeps_its_promise(self) -> bool:
        return self.at_most is None or self.value <= self.at_most

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Single nodes that are far from all others, however even the others are (drs-model 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

LEAST_DISTANCE = 0.30
LEAST_DEVIATIONS = 3.0
# Makes the median of distances comparable with a standard deviation.
NORMAL = 1.4826
LEAST_SPREAD = 0.05


def outliers(loads: Mapping[str, float]) -> dict[str, float]:
    """By node its load less the median of all, where that is far both by itself and for these loads [Ex 4.2]."""
    if not loads:
        return {}
    middle = median(loads.values())
    spread = max(NORMAL * median(abs(load - middle) for load in loads.values()), LEAST_SPREAD)
    return {node: load - middle for node, load in loads.items() if _is_far(load - middle, spread)}


def _is_far(distance: float, spread: float) -> bool:
    return round(abs(distance), 9) >= LEAST_DISTANCE and round(abs(distance) / spread, 9) > LEAST_DEVIATIONS

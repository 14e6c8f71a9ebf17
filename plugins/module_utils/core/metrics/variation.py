# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Proxmox's own measure: the coefficient of variation, scaled to 0..1 (drs-model 4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt

from ansible_collections.pve.drs.plugins.module_utils.core.metrics.metric import Metric


def variation(loads: Sequence[float]) -> float:
    """Population standard deviation / mean / sqrt(n - 1)."""
    count, total = len(loads), fsum(loads)
    if count <= 1 or total <= 0.0:
        return 0.0
    mean = total / count
    deviation = sqrt(fsum((load - mean) ** 2 for load in loads) / count)
    return min(1.0, deviation / mean / sqrt(count - 1))


def variation_of_sums(count: int, total: float, squares: float) -> float:
    """The same from the number of loads, their sum and the sum of their squares; good to about 1e-8."""
    if count <= 1 or total <= 0.0:
        return 0.0
    relative_variance = count * squares / (total * total) - 1.0
    return min(1.0, sqrt(max(0.0, relative_variance) / (count - 1)))


VARIATION = Metric(name="variation", describes="standard deviation / mean / sqrt(n - 1)", value=variation)

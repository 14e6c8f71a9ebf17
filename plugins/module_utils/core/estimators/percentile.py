# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The load that is exceeded 5 % of the time."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from ansible_collections.pve.drs.plugins.module_utils.core.estimators.estimator import Estimator
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series

SHARE = 0.95


def quantile(values: Sequence[float], share: float) -> float:
    """Linear interpolation between the two nearest ranks [Ex 2.3]."""
    ordered = sorted(values)
    rank = (len(ordered) - 1) * share
    below = floor(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (rank - below) * (ordered[above] - ordered[below])


def percentile(series: Series) -> float | None:
    """The 95th percentile of what is known (drs-model 2.4)."""
    return quantile(series.values, SHARE) if series.values else None


PERCENTILE = Estimator(
    name="percentile",
    describes="95th percentile of the last hour",
    window_seconds=3600.0,
    value=percentile,
    needs=Needs(node_history=True, recent_moves=True),
)

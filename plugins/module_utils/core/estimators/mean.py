# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The mean of the last hour."""

from __future__ import annotations

from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.estimators.estimator import Estimator
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series


def mean(series: Series) -> float | None:
    """Over the samples that are there; missing ones do not count as zero (drs-model 2.3, 2.9)."""
    values = series.values
    return fsum(values) / len(values) if values else None


MEAN = Estimator(
    name="mean",
    describes="mean of the last hour",
    window_seconds=3600.0,
    value=mean,
    needs=Needs(node_history=True, recent_moves=True),
)

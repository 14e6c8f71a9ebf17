# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The larger of two estimates: of what is now and of what was all along, or of the usual and of the busy (drs-model 6.7)."""

from __future__ import annotations

from typing import Protocol

from ansible_collections.pve.drs.plugins.module_utils.core.estimators.ema import ema
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.estimator import Estimator
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.mean import mean
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.percentile import percentile
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series


class Value(Protocol):
    """What an estimator makes of a series."""

    def __call__(self, series: Series) -> float | None: ...


def larger(first: Value, second: Value) -> Value:
    """None only where neither knows."""

    def value(series: Series) -> float | None:
        return max((found for part in (first, second) if (found := part(series)) is not None), default=None)

    return value


# The moving average is of the samples that Proxmox VE records every minute.
EMA_OR_MEAN = Estimator(
    name="ema_or_mean",
    describes="mean of the last hour or, where that is more, moving average over the last minutes",
    window_seconds=3600.0,
    value=larger(ema, mean),
    needs=Needs(node_history=True, recent_moves=True),
)
MEAN_OR_PERCENTILE = Estimator(
    name="mean_or_percentile",
    describes="mean of the last hour or, where that is more, its 95th percentile",
    window_seconds=3600.0,
    value=larger(mean, percentile),
    needs=Needs(node_history=True, recent_moves=True),
)

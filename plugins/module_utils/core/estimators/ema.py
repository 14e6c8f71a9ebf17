# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Exponential moving average over the last minute."""

from __future__ import annotations

from itertools import pairwise
from math import exp

from ansible_collections.pve.drs.plugins.module_utils.core.estimators.estimator import Estimator
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series

WINDOW_SECONDS = 60.0
TAU_SECONDS = WINDOW_SECONDS / 2
# After a silence this long the series starts afresh.
RESTART_SECONDS = 5 * WINDOW_SECONDS


def step(average: float, value: float, seconds: float) -> float:
    """The average after one more sample, `seconds` after the one before [Ex 2.1, 2.2]."""
    if seconds > RESTART_SECONDS:
        return value
    return average + (1.0 - exp(-max(0.0, seconds) / TAU_SECONDS)) * (value - average)


def ema(series: Series) -> float | None:
    """Weights follow the time between samples, so irregular sampling is safe (drs-model 2.4)."""
    known = series.known
    if not known:
        return None
    average = known[0][1]
    for (before, _unused), (time, value) in pairwise(known):
        average = step(average, value, time - before)
    return average


EMA = Estimator(
    name="ema",
    describes="moving average over the last minute",
    window_seconds=RESTART_SECONDS,
    value=ema,
    needs=Needs(samples=True, recent_moves=True),
)

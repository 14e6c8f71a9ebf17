# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Additive Holt-Winters: level, trend and a daily season, to see the next hour coming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.estimators.estimator import Estimator
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.percentile import percentile
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series

HOUR_SECONDS = 3600.0
SEASON = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothing:
    """Weights of the newest observation for level, trend and season."""

    alpha: float = 0.5
    beta: float = 0.3
    gamma: float = 0.2


def forecast(values: Sequence[float], season: int, smoothing: Smoothing, ahead: int = 1) -> float:
    """The value `ahead` steps after the last one; wants two seasons at least [Ex 2.4]."""
    level = fsum(values[:season]) / season
    trend = (fsum(values[season : 2 * season]) - fsum(values[:season])) / season**2
    seasonal = [value - level for value in values[:season]]
    for position in range(season, len(values)):
        value, phase, before = values[position], position % season, level
        level = smoothing.alpha * (value - seasonal[phase]) + (1 - smoothing.alpha) * (level + trend)
        trend = smoothing.beta * (level - before) + (1 - smoothing.beta) * trend
        seasonal[phase] = smoothing.gamma * (value - level) + (1 - smoothing.gamma) * seasonal[phase]
    return level + ahead * trend + seasonal[(len(values) + ahead - 1) % season]


def whole_hours(series: Series) -> tuple[float, ...]:
    """Means of the latest hours, back to the first hour that has no sample."""
    hours: dict[int, list[float]] = {}
    for time, value in series.known:
        hours.setdefault(int(time // HOUR_SECONDS), []).append(value)
    latest = max(hours, default=0)
    found = list(takewhile(hours.__contains__, count(latest, -1)))
    return tuple(fsum(hours[hour]) / len(hours[hour]) for hour in reversed(found))


def holt_winters(series: Series) -> float | None:
    """It may only raise: the larger of the present and the next hour (drs-model 2.4).

    With less than two whole days it is the percentile of the last hour.
    """
    known = series.known
    if not known:
        return None
    hours = whole_hours(series)
    if len(hours) < 2 * SEASON:
        return percentile(series.since(known[-1][0] - HOUR_SECONDS))
    return max(known[-1][1], forecast(hours, SEASON, Smoothing()))


HOLT_WINTERS = Estimator(
    name="holt_winters",
    describes="the next hour, foreseen from the last days",
    window_seconds=7 * SEASON * HOUR_SECONDS,
    value=holt_winters,
    needs=Needs(node_history=True, node_days=True, recent_moves=True),
)

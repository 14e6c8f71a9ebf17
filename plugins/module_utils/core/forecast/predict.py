# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What guests will demand, from what was learned of each, and of all of them where little is known of one."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from typing import NamedTuple

from ansible_collections.pve.drs.plugins.module_utils.core.forecast.learn import ERROR_RATE, RATES
from ansible_collections.pve.drs.plugins.module_utils.core.model.demand import Habit, Outlook

# What is known of all guests counts as so many samples of a guest's own.
MEAN_SAMPLES, ERROR_SAMPLES, THIRD_SAMPLES = 0.5, 6.0, 20.0
# Before anything was learned: variance as a share of the greatest there can be, and third moment of it.
FIRST_ERROR, FIRST_THIRD = 0.08, 0.35
LEAST_SHARE = 0.02  # of a guest's vCPUs; a guest that did nothing so far may yet begin
TRUST = 4.0  # how much more an average counts that was less wrong
MOST_ERRORS = 1.0 / ERROR_RATE


class Pool(NamedTuple):
    """What holds for all guests: mean share of their vCPUs, and errors and third moment in proportion to size."""

    share: float
    errors: tuple[float, ...]
    third: float


def outlooks(habits: Mapping[int, Habit], vcpus: Mapping[int, float]) -> dict[int, Outlook]:
    """By vmid, in cores; `vcpus` are of the guests that are wanted, each of which has a habit."""
    known = {vmid: habits[vmid] for vmid in vcpus}
    pool = _pool(known, vcpus)
    return {vmid: _outlook(habit, vcpus[vmid], pool) for vmid, habit in known.items()}


def _pool(habits: Mapping[int, Habit], vcpus: Mapping[int, float]) -> Pool:
    scales = {vmid: _scale(habit, vcpus[vmid]) for vmid, habit in habits.items()}
    seen = {vmid: _seen(habit) for vmid, habit in habits.items()}
    weight = fsum(scales[vmid] * (seen[vmid] + 1.0) for vmid in habits) or 1.0
    errors = tuple(
        (fsum(habits[v].errors[k] * seen[v] + FIRST_ERROR * scales[v] for v in habits)) / weight
        for k in range(len(RATES))
    )
    cubes = {vmid: errors[-1] * scales[vmid] * vcpus[vmid] for vmid in habits}
    weight = fsum(cubes[vmid] * (seen[vmid] + 1.0) for vmid in habits) or 1.0
    third = fsum(habits[v].third * seen[v] + FIRST_THIRD * cubes[v] for v in habits) / weight
    share = fsum(habit.averages[-1] for habit in habits.values()) / (fsum(vcpus.values()) or 1.0)
    return Pool(share, errors, third)


def _seen(habit: Habit) -> float:
    """The number of errors that its means are made of."""
    return min(habit.samples - 1.0, MOST_ERRORS)


def _scale(habit: Habit, vcpus: float) -> float:
    """The variance that it would have if it always used all of its vCPUs or none."""
    mean = habit.averages[-1]
    return max(mean * (vcpus - mean), LEAST_SHARE * vcpus)


def _outlook(habit: Habit, vcpus: float, pool: Pool) -> Outlook:
    scale, seen = _scale(habit, vcpus), _seen(habit)
    errors = [
        (own * seen + ERROR_SAMPLES * typical * scale) / (seen + ERROR_SAMPLES)
        for own, typical in zip(habit.errors, pool.errors, strict=True)
    ]
    least = min(errors)
    trust = [(least / error) ** TRUST for error in errors]
    total = sum(trust)
    soon = sum(t * a for t, a in zip(trust, habit.averages, strict=True)) / total
    variance = sum(t * e for t, e in zip(trust, errors, strict=True)) / total
    third = habit.third * seen + THIRD_SAMPLES * pool.third * errors[-1] * vcpus
    third /= seen + THIRD_SAMPLES
    mean, own = pool.share * vcpus * MEAN_SAMPLES, habit.samples
    return Outlook(
        (soon * own + mean) / (own + MEAN_SAMPLES),
        variance,
        third * (variance / errors[-1]) ** 1.5,
        (habit.averages[-1] * own + mean) / (own + MEAN_SAMPLES),
        errors[-1],
        third,
    )

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Learn how the demand of each guest varies, one sample after the other."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.demand import Habit, Habits

# How fast averages forget: the present alone, some minutes, some hours (with a sample every five minutes).
RATES = (1.0, 0.3, 0.02)
ERROR_RATE = 0.02


def learned(habits: Habits, demand: Mapping[int, float], time: float) -> Habits:
    """With one more sample of each guest, in cores; guests that are not in it are forgotten."""
    guests = {vmid: _next(habits.guests.get(vmid), cores) for vmid, cores in demand.items()}
    return Habits(time=time, guests=guests)


def _next(past: Habit | None, cores: float) -> Habit:
    if past is None:
        return Habit(1, (cores,) * len(RATES), (0.0,) * len(RATES), 0.0)
    count = past.samples + 1
    rate = max(ERROR_RATE, 1.0 / past.samples)
    errors = tuple(e + rate * ((cores - a) ** 2 - e) for a, e in zip(past.averages, past.errors, strict=True))
    third = past.third + rate * ((cores - past.averages[-1]) ** 3 - past.third)
    averages = tuple(a + max(r, 1.0 / count) * (cores - a) for a, r in zip(past.averages, RATES, strict=True))
    return Habit(count, averages, errors, third)

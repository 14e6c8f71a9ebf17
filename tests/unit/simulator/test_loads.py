# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

import pytest

from simulator.world.loads import Constant, Daily, Demand, Noisy, Series, Spliced, Steps

HOUR = 3600


def test_a_daily_curve_is_highest_at_its_peak_and_lowest_half_a_day_later():
    load = Daily(Demand(1, 10), Demand(5, 30), peak_hour=14)
    assert load.at(14 * HOUR) == pytest.approx((5, 30))
    assert load.at(2 * HOUR) == pytest.approx((1, 10))
    assert load.at(8 * HOUR) == pytest.approx((3, 20))


def test_steps_hold_until_the_next_one():
    load = Steps([10, 20], [Demand(1, 1), Demand(2, 2)])
    assert [load.at(moment).cpu for moment in (0, 10, 19.9, 20, 99)] == [1, 1, 1, 2, 2]


def test_a_series_starts_again_after_its_end():
    load = Series(100, 60, [Demand(1, 0), Demand(2, 0)])
    assert [load.at(100 + 60 * k).cpu for k in range(4)] == [1, 2, 1, 2]


def test_noise_is_bounded_and_the_same_for_the_same_seed():
    base = Constant(Demand(10, 5))
    values = [Noisy(base, 0.1, seed=7).at(10.0 * k) for k in range(200)]
    assert values == [Noisy(base, 0.1, seed=7).at(10.0 * k) for k in range(200)]
    assert values != [Noisy(base, 0.1, seed=8).at(10.0 * k) for k in range(200)]
    assert all(9 <= demand.cpu <= 11 and demand.memory == 5 for demand in values)
    assert len({demand.cpu for demand in values}) > 100


def test_a_new_load_leaves_the_past_as_it_was():
    load = Spliced(Constant(Demand(1, 1)))
    for moment in range(50, 5050):
        load.then(moment, Constant(Demand(moment, 9)))
    assert [load.at(moment).cpu for moment in (49, 50, 51.5, 9000)] == [1, 50, 51, 5049]

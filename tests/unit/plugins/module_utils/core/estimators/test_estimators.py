# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Estimators against the figures of the specification, and their laws."""

from math import pi, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import ESTIMATORS
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.ema import ema, step
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.holt_winters import (
    HOUR_SECONDS,
    Smoothing,
    forecast,
    holt_winters,
    whole_hours,
)
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.percentile import quantile
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import NO_SAMPLES, Series, series_of

every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
shares = st.floats(0.0, 1.0)
TEN = (20, 22, 25, 24, 23, 80, 26, 24, 22, 21)
DAY = 24 * HOUR_SECONDS


def at_steps(values, seconds=60.0):
    return series_of((number * seconds, value) for number, value in enumerate(values))


def daily(days, *, low=1.0, high=9.0, seconds=1800.0):
    """A load that is lowest at midnight and highest at noon."""
    middle, swing = (low + high) / 2, (high - low) / 2
    times = (number * seconds for number in range(int(days * DAY / seconds)))
    return series_of((time, middle - swing * sin(2 * pi * time / DAY + pi / 2)) for time in times)


def test_a_step_upwards_crosses_at_the_sixth_sample():
    """[Ex 2.1]."""
    found, average = [], 0.5
    for _unused in range(6):
        average = step(average, 1.0, 5.0)
        found.append(average)
    assert found == pytest.approx([0.576759, 0.641734, 0.696735, 0.743291, 0.782701, 0.816060], abs=1e-6)
    assert ema(at_steps([0.5] + 6 * [1.0], 5.0)) == pytest.approx(0.816060, abs=1e-6)


@pytest.mark.parametrize(("count", "expected"), [(1, 0.40), (2, 0.476759), (3, 0.596735), (4, 0.551180)])
def test_irregular_samples(count, expected):
    """[Ex 2.2]."""
    samples = ((0.0, 0.4), (5.0, 0.9), (15.0, 0.9), (20.0, 0.3))
    assert ema(Series(samples[:count])) == pytest.approx(expected, abs=1e-6)


def test_after_a_silence_the_average_starts_afresh():
    assert ema(Series(((0.0, 8.0), (300.0, 1.0)))) > 1.0
    assert ema(Series(((0.0, 8.0), (301.0, 1.0)))) == 1.0


@given(shares, shares, st.floats(0.0, 100.0), st.floats(0.0, 100.0))
def test_two_steps_with_the_same_value_are_one(average, value, first, second):
    together = step(average, value, first + second)
    assert step(step(average, value, first), value, second) == pytest.approx(together, abs=1e-9)


def test_quantiles():
    """[Ex 2.3]."""
    assert quantile(TEN, 0.5) == pytest.approx(23.5)
    assert quantile(TEN, 0.95) == pytest.approx(55.7)
    assert quantile([7.0], 0.95) == 7.0


@pytest.mark.parametrize(
    ("name", "expected"), [("snapshot", 21), ("mean", 28.7), ("percentile", 55.7), ("max", 80), ("holt_winters", 55.7)]
)
def test_ten_samples(name, expected):
    assert ESTIMATORS[name].value(at_steps(TEN)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("values", "smoothing", "expected"),
    [
        ((10, 20, 12, 22, 14, 24), Smoothing(alpha=0.5, beta=0.5, gamma=0.5), (15.792969, 26.144531)),
        ((10, 20, 12, 22, 16, 23), Smoothing(alpha=0.5, beta=0.3, gamma=0.2), (15.899744, 26.162212)),
    ],
)
def test_forecasts(values, smoothing, expected):
    """[Ex 2.4]."""
    found = [forecast(values, 2, smoothing, ahead) for ahead in (1, 2)]
    assert found == pytest.approx(expected, abs=1e-6)


def test_the_next_hour_of_a_daily_load_is_foreseen():
    """At nine in the morning the load still rises."""
    series = daily(3 + 9 / 24)
    at_ten = 5 + 4 * sin(2 * pi * 10 / 24 - pi / 2)
    assert series.values[-1] < at_ten - 0.5
    assert holt_winters(series) == pytest.approx(at_ten, abs=0.5)


def test_present_load_is_never_hidden():
    """At nine in the evening the load falls, but it has not fallen yet."""
    series = daily(3 + 21 / 24)
    assert holt_winters(series) == series.values[-1]


def test_less_than_two_days_are_no_season():
    series = daily(2)
    assert len(whole_hours(series)) == 48
    assert holt_winters(Series(series.samples[2:])) == pytest.approx(quantile(series.values[-3:], 0.95))


def test_a_gap_ends_the_season():
    """Hours before the gap do not count, and those of a node that was off before it joined neither."""
    off = tuple((time, None) for time, _unused in daily(1).samples)
    late = daily(4).samples[len(off) :]
    assert len(whole_hours(Series(off + late))) == 72
    assert len(whole_hours(Series(late[:20] + late[24:]))) == 60
    assert whole_hours(NO_SAMPLES) == ()


@every_estimator
def test_nothing_known_gives_nothing(estimator):
    assert estimator.value(NO_SAMPLES) is None
    assert estimator.value(at_steps([None, None])) is None


@every_estimator
@given(values=st.lists(st.one_of(st.none(), st.floats(0.0, 64.0)), max_size=60))
def test_the_figure_lies_among_the_samples(estimator, values):
    known = [value for value in values if value is not None]
    found = estimator.value(at_steps(values))
    assert found is None if not known else min(known) - 1e-9 <= found <= max(known) + 1e-9


@every_estimator
@given(values=st.lists(st.floats(0.0, 64.0), min_size=1, max_size=30))
def test_missing_samples_are_no_zeroes(estimator, values):
    """The newest row of PVE is often still empty; it changes nothing."""
    assert estimator.value(at_steps([*values, None])) == estimator.value(at_steps(values))


@every_estimator
def test_a_constant_is_what_it_is(estimator):
    assert estimator.value(at_steps(4 * 24 * 60 * [3.0])) == pytest.approx(3.0)


def test_what_is_missing_is_counted():
    assert NO_SAMPLES.missing_share == 1.0
    assert at_steps([1.0, None, 3.0, None]).missing_share == 0.5
    assert at_steps([1.0, None, 3.0]).since(60.0).samples == ((60.0, None), (120.0, 3.0))


def test_what_estimators_need():
    wanted = {name: estimator.needs for name, estimator in ESTIMATORS.items()}
    assert [name for name, needs in wanted.items() if needs.node_history] == [
        "mean",
        "percentile",
        "max",
        "holt_winters",
        "ema_or_mean",
        "mean_or_percentile",
    ]
    assert [name for name, needs in wanted.items() if needs.samples] == ["ema"]
    assert [name for name, needs in wanted.items() if not needs.recent_moves] == ["snapshot"]
    assert (wanted["ema"] | wanted["holt_winters"]).node_days

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""When a series counts, for everything that looks at one (drs-model 2.9)."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.series import NO_SAMPLES, series_of

NOW = 10_000.0


@pytest.mark.parametrize(("missing", "has_gaps"), [(0, False), (2, False), (3, True), (10, True)], ids=str)
def test_a_fifth_may_be_missing(missing, has_gaps):
    series = series_of((float(number), None if number < missing else 1.0) for number in range(10))
    assert series.has_gaps is has_gaps


def test_without_samples_all_is_missing():
    assert NO_SAMPLES.has_gaps
    assert not NO_SAMPLES.is_fresh(NOW)


@pytest.mark.parametrize(
    ("newest_known", "newest", "is_fresh"),
    [(NOW - 180, NOW - 180, True), (NOW - 181, NOW - 181, False), (NOW - 240, NOW, False)],
    ids=["three minutes", "a second more", "what is missing is no sample"],
)
def test_the_newest_known_sample_is_at_most_three_minutes_old(newest_known, newest, is_fresh):
    samples = {newest: None, newest_known: 1.0}
    assert series_of(samples.items()).is_fresh(NOW) is is_fresh

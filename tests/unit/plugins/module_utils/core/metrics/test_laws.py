# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Laws of every imbalance metric in the catalog."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import METRICS
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation, variation_of_sums

LOADS = st.lists(st.floats(0, 1.5, allow_subnormal=False), max_size=12)
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)


@every_metric
@given(loads=LOADS)
def test_it_lies_between_0_and_1(metric, loads):
    assert 0.0 <= metric.value(loads) <= 1.0


@every_metric
@given(load=st.floats(0, 1.5), count=st.integers(0, 60))
def test_it_is_0_when_all_nodes_are_alike(metric, load, count):
    assert metric.value([load] * count) == pytest.approx(0.0, abs=1e-9)


@every_metric
@given(loads=LOADS.filter(lambda loads: len(loads) > 1), step=st.floats(0.01, 0.5))
def test_it_is_more_than_0_when_one_node_differs(metric, loads, step):
    assert metric.value([*loads, max(loads) + step]) > 0.0


@every_metric
@given(loads=LOADS, random=st.randoms(use_true_random=False))
def test_the_order_of_nodes_changes_nothing(metric, loads, random):
    assert metric.value(random.sample(loads, len(loads))) == metric.value(loads)


@every_metric
def test_it_says_what_it_is(metric):
    assert metric.describes
    assert METRICS[metric.name] is metric


@given(LOADS, st.floats(0.1, 10))
def test_variation_does_not_depend_on_the_scale(loads, factor):
    assert variation([factor * load for load in loads]) == pytest.approx(variation(loads), abs=1e-9)


@given(LOADS)
def test_variation_from_sums_equals_variation_from_loads(loads):
    # a total below this is no load that anybody measures
    if sum(loads) > 1e-6:
        from_sums = variation_of_sums(len(loads), sum(loads), sum(load * load for load in loads))
        assert from_sums == pytest.approx(variation(loads), abs=1e-7)

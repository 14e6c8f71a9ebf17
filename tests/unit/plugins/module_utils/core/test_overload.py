# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""When a node counts as overloaded: the figures of the specification, and each sign alone."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import NO_SAMPLES, series_of
from ansible_collections.pve.drs.plugins.module_utils.core.overload import (
    adaptive_threshold,
    median_deviation,
    overloads,
    quartile_spread,
    trend,
)
from ansible_collections.pve.drs.tests.builders import a_cluster
from ansible_collections.pve.drs.tests.histories import Past, with_past

TWELVE = (0.60, 0.62, 0.58, 0.61, 0.70, 0.59, 0.60, 0.63, 0.57, 0.60, 0.62, 0.61)


def test_how_much_a_load_varies():
    """[Ex 2.11]."""
    assert median_deviation(TWELVE) == pytest.approx(0.015)
    assert quartile_spread(TWELVE) == pytest.approx(0.0225)
    assert 1 - 2.5 * median_deviation(TWELVE) == pytest.approx(0.9625)
    assert 1 - 1.5 * quartile_spread(TWELVE) == pytest.approx(0.96625)


def test_the_more_careful_threshold_counts():
    assert adaptive_threshold(TWELVE) == pytest.approx(0.9625)
    assert adaptive_threshold([0.5] * 6 + [0.5, 0.5, 0.9, 0.9, 0.9, 0.9]) == pytest.approx(0.4)
    assert adaptive_threshold([0.0, 1.0] * 10) == 0.0


def test_few_samples_say_nothing():
    assert adaptive_threshold(TWELVE[:11]) == 1.0
    assert trend(series_of((60.0 * i, 0.5) for i in range(9)), 60.0) is None
    assert trend(NO_SAMPLES, 60.0) is None


def test_a_line_is_continued():
    rising = series_of((60.0 * i, 0.1 + 0.05 * i) for i in range(12))
    assert trend(rising, 60.0) == pytest.approx(0.7)
    assert trend(series_of((60.0 * i, 0.5 - 0.05 * i) for i in range(10)), 600.0) == 0.0


def judged(cpu, usage, **past):
    cluster = a_cluster({"a": {"capacity": "10c/100G", "usage": f"{usage}c/10G"}})
    found = overloads(with_past(cluster, Past({"a": {"cpu": cpu}}, {}, **past)), Policy(estimator="mean"))
    assert [(one.node, one.resource) for one in found] == [("a", "cpu"), ("a", "memory")]
    assert found[1].signs == ()
    return found[0]


@pytest.mark.parametrize(
    ("cpu", "signs"),
    [
        (["60x 5c"], ()),
        (["60x 9.1c"], ("limit", "sustained", "variation", "trend")),
        (["55x 5c", "2x 5c", "2x 9.2c", "5c"], ()),
        (["55x 5c", "2x 5c", "3x 9.2c"], ("sustained", "trend")),
        (["30x 5c", "30x 8c"], ("variation",)),
        (["50x 4c", "4.5c", "5c", "5.5c", "6c", "6.5c", "7c", "7.5c", "7.8c", "8c", "8.2c"], ("trend",)),
        (["50x -", "5x 9.2c", "5x 9.2c"], ("sustained", "trend")),
        (["60x -"], ()),
    ],
    ids=["calm", "everything", "blip", "sustained", "it varies", "it rises", "gaps", "nothing known"],
)
def test_each_sign_for_itself(cpu, signs):
    assert judged(cpu, 5).signs == signs


def test_a_past_that_ended_a_while_ago_says_nothing():
    found = judged(["60x 9.2c"], 5, late=181)
    assert (found.samples_above, found.threshold, found.foreseen, found.signs) == (0, 0.9, None, ())


def test_nodes_without_a_past_are_judged_by_what_they_use_now():
    cluster = a_cluster({"a": {"capacity": "10c/100G", "usage": "9.5c/10G"}, "b": {"status": "offline"}})
    assert [(one.node, one.resource, one.signs) for one in overloads(cluster, Policy())] == [
        ("a", "cpu", ("limit", "variation")),
        ("a", "memory", ()),
    ]

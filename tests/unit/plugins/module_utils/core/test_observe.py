# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""When a run that looks several times may stop looking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, Hold
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy, PressureLimits
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.observe import (
    HELD,
    MANDATORY,
    NO_QUORUM,
    QUIET,
    Look,
    is_near,
    look_at,
    with_lower_limits,
)
from ansible_collections.pve.drs.tests.builders import a_cluster

NOW = 10_000.0
NODES = {"a": "8c/100G", "b": "8c/100G"}
AWAY = Rule(name="r", type="run_on", guests=GuestSelector(vmids=frozenset({101})), nodes=("b",))


def at(points: float, **holds: int) -> Cluster:
    """Two nodes that are so many points of memory apart."""
    cluster = a_cluster(NODES, [f"101 a 1c/{20 + points}G", "102 b 1c/20G"])
    counted = {key: Hold(count=count, time=NOW - 5) for key, count in holds.items()}
    return replace(cluster, history=History(now=NOW, holds=counted))


@pytest.mark.parametrize(
    ("points", "before", "count", "ends"),
    [
        (8.9, 0, 0, QUIET),
        (9.1, 0, 0, None),
        (9.1, 2, 0, None),
        (10.1, 0, 1, None),
        (10.1, 1, 2, None),
        (10.1, 2, 3, HELD),
    ],
)
def test_looking_goes_on_while_a_reason_is_near_or_has_not_held(
    points: float, before: int, count: int, ends: str | None
) -> None:
    """Ten points are allowed, nine are near; what is only near counts for nothing."""
    holds = {"balanciness": before} if before else {}
    expected = {"balanciness": Hold(count=count, time=NOW)} if count else {}
    assert look_at(at(points, **holds), Policy(hold=3, cycle_seconds=5)) == Look(expected, ends)


def test_one_look_is_enough_where_nothing_has_to_hold() -> None:
    assert look_at(at(10.1), Policy()).ends == HELD


def test_what_must_be_done_does_not_wait() -> None:
    assert look_at(at(10.1), Policy(hold=3, rules=(AWAY,))).ends == MANDATORY


def test_without_quorum_nobody_goes_on_looking() -> None:
    assert look_at(replace(at(10.1), is_quorate=False), Policy(hold=3)) == Look({}, NO_QUORUM)


def test_a_node_that_is_almost_full_is_near() -> None:
    """Of 98 GiB that guests may have, 90 percent may be used: 88.2; 79.4 is near."""
    near = [is_near(a_cluster(NODES, [f"101 a 1c/{used}G", f"102 b 1c/{used}G"]), Policy()) for used in (79, 80)]
    assert near == [False, True]


def test_every_limit_is_lower_by_a_tenth() -> None:
    """None is none, also then; one that is a floor is higher."""
    limits = {"cpu": PressureLimits(full=None, some=20.0, spike=60.0)}
    lower = with_lower_limits(Policy(pressure_limits=limits, proactive_points=0.2), Cluster())
    assert lower.pressure_limits == {"cpu": PressureLimits(full=None, some=18.0, spike=54.0)}
    found = (lower.balanciness, lower.variation_max, lower.crs_threshold, lower.score_min, lower.proactive_factor)
    assert found == pytest.approx((0.09, 0.27, 0.27, 0.64, 1.18))
    assert lower.proactive_points == pytest.approx(0.18)

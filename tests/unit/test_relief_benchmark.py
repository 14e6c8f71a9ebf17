# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What relief is measured with: the optimum is one, and nobody gets below it."""

from itertools import product

import pytest

from ansible_collections.pve.drs.benchmarks.baselines.cheapest_first import cheapest_first
from ansible_collections.pve.drs.benchmarks.baselines.optimum import least_effort
from ansible_collections.pve.drs.benchmarks.clusters import a_random_cluster
from ansible_collections.pve.drs.benchmarks.relief import Relief
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.tests.builders import a_cluster

GIB = 2.0**30


@pytest.fixture
def highspy():
    return pytest.importorskip(
        "highspy", reason="highspy is not installed, so that there is no optimum to compare with"
    )


@pytest.fixture
def small():
    """One node above its limit of 7 cores by 3; the others have room for 5 and 2 cores, one less while guests arrive."""
    guests = ["101 a 4c/9G", "102 a 2c/3G", "103 a 1c/1G", "104 a 3c/6G", "201 b 2c/1G", "301 c 5c/1G"]
    return Relief(a_cluster(dict.fromkeys("abc", "10c/100G"), guests), (0.7, 0.9))


def least_by_trying(relief):
    """Of all ways to send guests of hot nodes somewhere, or nowhere."""
    guests, choices = relief.leaving, [None, *relief.targets]
    ways = product(choices, repeat=len(guests))
    return min(relief.effort(moved) for way in ways if (moved := moved_by(relief, guests, way)) is not None)


def moved_by(relief, guests, way):
    """Who moves, or None where a limit is exceeded in the end, or while the last guest arrives."""
    room = dict(relief.room)
    moved = [(guest, target) for guest, target in zip(guests, way, strict=True) if target]
    for guest, target in moved:
        room[target] -= guest.demand
        room[guest.node] += guest.demand
    gaining = {target for _guest, target in moved}
    is_kept = all(left.cpu >= (1.0 if node in gaining else 0.0) and left.memory >= 0.0 for node, left in room.items())
    return [guest.vmid for guest, _target in moved] if is_kept else None


def test_the_optimum_is_what_trying_everything_finds(small, highspy):
    assert least_effort(small, highspy) == pytest.approx(least_by_trying(small), rel=1e-4)


def test_our_plan_meets_it(small, highspy):
    plan = make_plan(small.cluster, small.policy)
    moved = [planned.move.vmid for planned in plan.moves]
    assert small.effort(moved) == pytest.approx(least_effort(small, highspy), rel=1e-4)


def test_cheapest_first_relieves_but_costs_more(small):
    moved = cheapest_first(small)
    assert moved is not None
    assert small.effort(moved) >= least_by_trying(small)


def test_cheapest_first_may_get_stuck():
    cluster = a_cluster(dict.fromkeys("ab", "10c/100G"), ["101 a 5c/9G", "102 a 4c/9G", "201 b 6c/9G"])
    assert cheapest_first(Relief(cluster, (0.8, 0.9))) is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nobody_gets_below_the_optimum(seed, highspy):
    relief = Relief(a_random_cluster(6, 60, seed), (0.7, 0.8))
    best = least_effort(relief, highspy)
    plan = make_plan(relief.cluster, relief.policy)
    assert not plan.after.violations
    assert best * (1 - 1e-6) <= relief.effort(planned.move.vmid for planned in plan.moves) <= 1.2 * best + 1e-6

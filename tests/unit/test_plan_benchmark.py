# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What the benchmarks measure is a good plan, and their yardstick agrees with it."""

import pytest

from ansible_collections.pve.drs.benchmarks.clusters import a_random_cluster
from ansible_collections.pve.drs.benchmarks.recompute import moves_by_recomputing
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import MIXABLE_METHODS
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.tests.unit.judge import complaints

HALF = {"cpu": 1.0, "memory": 1.0}


@pytest.mark.parametrize("method", [*MIXABLE_METHODS, "weighted"])
@pytest.mark.parametrize(("nodes", "guests"), [(16, 1000), (48, 9999)], ids=["16 x 1,000", "48 x 9,999"])
def test_the_judge_is_content_with_large_plans(nodes, guests, method):
    cluster, policy = a_random_cluster(nodes, guests), Policy(method=method, method_weights=HALF, balanciness=0.02)
    plan = make_plan(cluster, policy)
    assert len(plan.moves) == policy.limits.max_moves
    assert complaints(cluster, policy, plan) == []


# what is assigned differs so much between the nodes of this cluster that the fullest node is not always the best to relieve
@pytest.mark.parametrize("method", ["memory", "cpu"])
def test_recomputing_everything_finds_hardly_a_better_move(method):
    cluster = a_random_cluster(5, 60)
    policy = Policy(method=method, balanciness=0.0, limits=Limits(max_moves=1))
    plan = make_plan(cluster, policy)
    moves, reached = moves_by_recomputing(cluster, policy)
    assert len(plan.moves) == len(moves) == 1
    # ours looks at the fullest node first, the yardstick at all of them
    assert reached * (1 - 1e-9) <= plan.after.imbalance["variation"] <= 1.1 * reached


def test_the_same_seed_gives_the_same_cluster():
    assert a_random_cluster(4, 40) == a_random_cluster(4, 40)
    assert a_random_cluster(4, 40) != a_random_cluster(4, 40, seed=2)

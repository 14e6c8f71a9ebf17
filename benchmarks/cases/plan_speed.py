# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""A whole plan for 16 nodes with 1,000 guests and for 48 with 9,999: seconds, gain, and the same by recomputing."""

from collections.abc import Iterator
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import SINGLE_METHODS, WEIGHTED
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from benchmarks.clusters import a_random_cluster
from benchmarks.figure import Figure, time_figure
from benchmarks.recompute import moves_by_recomputing
from benchmarks.timing import timed

LIMITS = Limits(max_moves=8)
FEW = Limits(max_moves=2)  # recomputing takes seconds for each move
HALF = {"cpu": 1.0, "memory": 1.0}
# Pressure needs recorded pressure: `make scale` measures psi.
METHODS = (*SINGLE_METHODS, WEIGHTED.name)
RECOMPUTED = ("memory", "cpu")


def measure_small() -> Iterator[Figure]:
    """Yield the figures of 16 nodes with 1,000 guests, recomputing included."""
    cluster = a_random_cluster(16, 1000)
    for method in METHODS:
        yield from _plan_figures(cluster, _policy(method), at_most=0.2)
    for method in RECOMPUTED:
        yield from _beside_recomputing(cluster, replace(_policy(method), limits=FEW))


def measure_large() -> Iterator[Figure]:
    """Yield the figures of 48 nodes with 9,999 guests."""
    cluster = a_random_cluster(48, 9999)
    for method in METHODS:
        yield from _plan_figures(cluster, _policy(method), at_most=1.0)


def _policy(method: str) -> Policy:
    return Policy(method=method, method_weights=HALF, balanciness=0.02, limits=LIMITS)


def _plan_figures(cluster: Cluster, policy: Policy, at_most: float) -> Iterator[Figure]:
    plan = make_plan(cluster, policy)
    seconds = timed(lambda: make_plan(cluster, policy))
    before, after = (assessment.imbalance["variation"] for assessment in (plan.before, plan.after))
    yield time_figure(f"{policy.method}: plan of {len(plan.moves)} moves", seconds, at_most=at_most)
    yield Figure(f"{policy.method}: variation that is left", after / before, "", at_most=1.0)


def _beside_recomputing(cluster: Cluster, policy: Policy) -> Iterator[Figure]:
    """The same number of moves both ways: time and result of ours as a share of the other's."""
    ours = timed(lambda: make_plan(cluster, policy))
    found: list[tuple[list[tuple[int, str]], float]] = []
    theirs = timed(lambda: found.append(moves_by_recomputing(cluster, policy)), 1)
    plan, [(moves, reached)] = make_plan(cluster, policy), found
    yield time_figure(f"{policy.method}: {len(moves)} moves by recomputing", theirs, ours=ours)
    yield Figure(
        f"{policy.method}: {len(plan.moves)} moves, share of that time", ours.cpu / theirs.cpu, "", at_most=0.1
    )
    share = plan.after.imbalance["variation"] / reached
    yield Figure(f"{policy.method}: variation, share of what that reaches", share, "", at_most=1.1)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""How long decisions take: one best move and a whole plan, without rules and with three for every guest.

One best move is what the planner does once figures and rules are prepared, as Proxmox's scoring of candidates is; a plan is
everything from the collected cluster on: rules compiled, loads before and after, moves ordered, refusals explained.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import PLANNERS, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.crs.bruteforce import ranked
from ansible_collections.pve.drs.plugins.module_utils.core.crs.imbalance import NORMALISED
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from benchmarks.baselines.best_move import candidates, nodes_of
from benchmarks.board import Board, mean_share
from benchmarks.clusters import a_random_cluster
from benchmarks.figure import Figure, time_figure
from benchmarks.rules import kept_rules
from benchmarks.timing import Seconds, timed

POLICY = Policy(method="weighted", method_weights={"cpu": 1.0, "memory": 1.0}, balanciness=0.02)
# With rules every guest has a partner, so that one move is a pair's.
ONE, ONE_PAIR = Limits(max_moves=1), Limits(max_moves=2)
SMALL, LARGE = (12, 250), (48, 9999)
FEW_GUESTS, MANY_GUESTS = 5_000, 20_000
THEIR_RUNS = 3


def measure() -> Iterator[Figure]:
    """Yield the figures of 48 nodes with 9,999 guests, Proxmox's way beside ours."""
    cluster = a_random_cluster(*LARGE)
    ruled = replace(POLICY, rules=kept_rules(cluster))
    ours = _best_move(cluster, replace(POLICY, limits=ONE))
    yield time_figure("one best move, no rules", ours, at_most=0.15)
    yield time_figure("one best move by trying every pair", _by_trying(cluster), ours=ours)
    pair = _best_move(cluster, replace(ruled, limits=ONE_PAIR))
    yield time_figure("one best move, three rules a guest", pair, at_most=0.2)
    for name, policy in (
        ("no rules", replace(POLICY, limits=ONE)),
        ("three rules a guest", replace(ruled, limits=ONE_PAIR)),
    ):
        yield time_figure(f"plan of one move, {name}", timed(partial(make_plan, cluster, policy)))
    for name, policy, at_most in (("no rules", POLICY, 0.5), ("three rules a guest", ruled, 1.0)):
        yield time_figure(f"full plan, {name}", timed(partial(make_plan, cluster, policy)), at_most=at_most)


def measure_small() -> Iterator[Figure]:
    """Yield the figure of 12 nodes with 250 guests and three rules for each."""
    cluster = a_random_cluster(*SMALL)
    policy = replace(POLICY, rules=kept_rules(cluster))
    yield time_figure("full plan, three rules a guest", timed(partial(make_plan, cluster, policy), 15), at_most=0.03)


def measure_growth() -> Iterator[Figure]:
    """Yield the times of few and of many guests on 48 nodes, and how much more each of many takes."""
    each = []
    for guests in (FEW_GUESTS, MANY_GUESTS):
        cluster = a_random_cluster(LARGE[0], guests)
        policy = replace(POLICY, rules=kept_rules(cluster))
        seconds = timed(partial(make_plan, cluster, policy))
        each.append(seconds.least / guests)
        yield time_figure(f"full plan, three rules a guest, {guests:,} guests", seconds)
    yield Figure("time for each guest, many by few", each[1] / each[0], "", at_most=1.5)


def _best_move(cluster: Cluster, policy: Policy) -> Seconds:
    problem = make_problem(cluster, policy)
    return timed(lambda: _improve(problem))


def _improve(problem: Problem) -> None:
    found = list(PLANNERS["improve"].propose(problem, problem.placement()))
    if not found:
        raise AssertionError("no move was found: nothing was measured")


def _by_trying(cluster: Cluster) -> Seconds:
    """Candidates and their values, without a test of limits or rules."""
    board = Board(cluster, mean_share)
    return timed(lambda: ranked(nodes_of(board), candidates(board), NORMALISED), THEIR_RUNS)

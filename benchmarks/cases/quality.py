# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What plans achieve beside those of other balancers, on the same clusters: gap left, moves, memory sent, time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from benchmarks.baselines.best_move import best_move
from benchmarks.baselines.fixed_target import fixed_target
from benchmarks.baselines.midpoint import midpoint
from benchmarks.baselines.spread import spread
from benchmarks.board import Board, Goal, Weight, mean_share, memory_share
from benchmarks.clusters import a_random_cluster
from benchmarks.figure import Figure, time_figure
from benchmarks.timing import Seconds, timed

Balancer = Callable[[Board, Goal], None]
GAP = 0.05
ENOUGH = Goal(GAP, 2_000)
OF_A_PLAN = Goal(GAP, Limits().max_moves)
HALF = {"cpu": 1.0, "memory": 1.0}
BY_MEMORY: Mapping[str, Balancer] = {
    "greedy spread": spread,
    "one fixed target": fixed_target,
    "conservative": midpoint,
}
BY_MEAN: Mapping[str, Balancer] = {"greedy spread": spread, "best of all moves": best_move}


@dataclass(frozen=True, slots=True)
class Contest:
    """Others beside ours: what is evened out, how far, and by whom else."""

    method: str
    weight: Weight
    goal: Goal
    others: Mapping[str, Balancer]

    @property
    def policy(self) -> Policy:
        limits = Limits(max_moves=self.goal.most_moves)
        return Policy(method=self.method, method_weights=HALF, balanciness=self.goal.gap, limits=limits)


MEMORY = Contest("memory", memory_share, ENOUGH, BY_MEMORY)
MEAN = Contest("weighted", mean_share, ENOUGH, BY_MEAN)
MEAN_OF_A_PLAN = Contest("weighted", mean_share, OF_A_PLAN, BY_MEAN)


def measure_small() -> Iterator[Figure]:
    """Yield the figures of 12 nodes with 250 guests, evened out to 5 points."""
    yield from _beside(a_random_cluster(12, 250), MEMORY)
    yield from _beside(a_random_cluster(12, 250), MEAN)


def measure_middle() -> Iterator[Figure]:
    """Yield the figures of 16 nodes with 1,500 guests, evened out to 5 points."""
    yield from _beside(a_random_cluster(16, 1500), MEMORY)


def measure_large() -> Iterator[Figure]:
    """Yield the figures of 48 nodes with 9,999 guests: memory to 5 points, the mean with as many moves as a plan has."""
    yield from _beside(a_random_cluster(48, 9999), MEMORY)
    yield from _beside(a_random_cluster(48, 9999), MEAN_OF_A_PLAN)


def _beside(cluster: Cluster, contest: Contest) -> Iterator[Figure]:
    """Ours first, others with the ratio of theirs to ours."""
    yield Figure(f"{contest.method}: gap before", Board(cluster, contest.weight).gap, "points")
    ours, seconds = _ours(cluster, contest)
    yield from _figures(f"{contest.method}, ours", ours, seconds)
    if contest.goal is ENOUGH:
        yield Figure(f"{contest.method}, ours: gap left by the goal", ours.gap / (100 * GAP), "", at_most=1.0)
    for name, balancer in contest.others.items():
        board = Board(cluster, contest.weight)
        theirs = timed(partial(balancer, board, contest.goal), 1)
        yield from _figures(f"{contest.method}, {name}", board, theirs, (ours, seconds))


def _ours(cluster: Cluster, contest: Contest) -> tuple[Board, Seconds]:
    plans: list[Plan] = []
    seconds = timed(lambda: plans.append(make_plan(cluster, contest.policy)), 1)
    moves = [(planned.move.vmid, planned.move.target) for planned in plans[0].moves]
    return Board(cluster, contest.weight).apply(moves), seconds


def _figures(name: str, board: Board, seconds: Seconds, ours: tuple[Board, Seconds] | None = None) -> Iterator[Figure]:
    values, base = _values(board), _values(ours[0]) if ours else {}
    for what, (value, unit) in values.items():
        yield Figure(f"{name}: {what}", value, unit, ratio=_ratio(value, base[what][0]) if base else None)
    yield time_figure(f"{name}: time", seconds, ours=ours[1] if ours else None)


def _values(board: Board) -> dict[str, tuple[float, str]]:
    return {"gap left": (board.gap, "points"), "moves": (len(board.moves), ""), "sent": (board.sent, "GiB")}


def _ratio(theirs: float, ours: float) -> float | None:
    return theirs / ours if ours else None

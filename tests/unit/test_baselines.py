# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The balancers that plans are measured against do what is published of them, and the table says what was measured."""

from collections import Counter

import pytest

from ansible_collections.pve.drs.benchmarks import run
from ansible_collections.pve.drs.benchmarks.baselines.best_move import best_move
from ansible_collections.pve.drs.benchmarks.baselines.fixed_target import fixed_target
from ansible_collections.pve.drs.benchmarks.baselines.midpoint import midpoint
from ansible_collections.pve.drs.benchmarks.baselines.spread import spread
from ansible_collections.pve.drs.benchmarks.board import Board, Goal, mean_share, memory_share
from ansible_collections.pve.drs.benchmarks.clusters import a_random_cluster
from ansible_collections.pve.drs.benchmarks.figure import Figure, time_figure
from ansible_collections.pve.drs.benchmarks.rules import kept_rules
from ansible_collections.pve.drs.benchmarks.timing import Seconds, timed
from ansible_collections.pve.drs.plugins.module_utils.core.assess import assess
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources

SIZE = Resources(10.0, 100.0)
ENOUGH = Goal(0.05, 100)


def a_board(weight=memory_share, **guests):
    """Nodes of 100 bytes and 10 cores by name, with the memory of their guests; a guest of n bytes uses n / 10 cores."""
    nodes, placed = [], []
    for name, amounts in guests.items():
        placed += [
            Guest(vmid=100 + len(placed) + place, node=name, demand=Resources(amount / 10, float(amount)))
            for place, amount in enumerate(amounts)
        ]
        nodes.append(Node(name=name, capacity=SIZE, usage=Resources(sum(amounts) / 10, float(sum(amounts)))))
    return Board(Cluster(nodes=tuple(nodes), guests=tuple(placed)), weight)


def test_greedy_spread_goes_from_the_hottest_to_the_coolest():
    board = a_board(a=[30, 20, 20], b=[40], c=[10])
    spread(board, ENOUGH)
    assert board.moves == [(100, "c")]
    assert board.gap == pytest.approx(0.0)


def test_greedy_spread_ends_where_no_guest_makes_the_hotter_one_cooler():
    board = a_board(a=[60], b=[20])
    spread(board, ENOUGH)
    assert board.moves == []


def test_a_fixed_target_gets_all_of_them():
    board = a_board(a=[10, 12, 14, 16, 18], b=[5], c=[8])
    fixed_target(board, Goal(0.0, 100))
    assert {target for _vmid, target in board.moves} == {"b"}
    assert [vmid for vmid, _target in board.moves] == [100, 101, 102]


def test_the_conservative_one_keeps_to_the_middle_of_both():
    """Mean 50 %: acts above 60 %; 8 and 12 % may go, 20 % would lie beyond the middle of 70 and 40."""
    board = a_board(a=[8, 12, 20, 30], b=[40], c=[40])
    midpoint(board, Goal(0.05, 1))
    assert board.moves == [(101, "b")]


def test_the_conservative_one_rests_when_nothing_is_far_above_the_mean():
    board = a_board(a=[10, 45], b=[45])
    midpoint(board, ENOUGH)
    assert board.moves == []


def test_the_best_of_all_moves_is_that_of_the_worked_example():
    """drs-model, example 6.9: a to n3, then c to n3."""
    nodes = (("n1", 11.0, 24.0), ("n2", 4.0, 6.0), ("n3", 1.0, 2.0))
    guests = ((1, "n1", 6.0, 12.0), (2, "n1", 3.0, 4.0), (3, "n1", 2.0, 8.0), (4, "n2", 4.0, 6.0), (5, "n3", 1.0, 2.0))
    cluster = Cluster(
        nodes=tuple(
            Node(name=name, capacity=Resources(24.0, 32.0), usage=Resources(cpu, memory)) for name, cpu, memory in nodes
        ),
        guests=tuple(Guest(vmid=v, node=node, demand=Resources(cpu, memory)) for v, node, cpu, memory in guests),
    )
    board = Board(cluster, mean_share)
    best_move(board, Goal(0.0, 1))
    assert board.moves == [(1, "n3")]


@pytest.mark.parametrize("balancer", [spread, fixed_target, midpoint, best_move])
def test_every_balancer_makes_it_better_and_counts_what_it_moves(balancer):
    cluster = a_random_cluster(6, 90)
    board = Board(cluster, mean_share)
    before = board.gap
    balancer(board, Goal(0.05, 30))
    assert 0 < len(board.moves) <= 30
    assert board.gap < before
    replayed = Board(cluster, mean_share).apply(board.moves)
    assert (replayed.gap, replayed.sent) == (board.gap, board.sent)


def test_a_target_without_room_is_passed_over():
    board = a_board(a=[70, 15], b=[60], c=[62])
    assert board.has_room("b", Resources(0.0, 30.0))
    assert not board.has_room("b", Resources(0.0, 31.0))
    assert not board.has_room("b", Resources(4.0, 0.0))


def test_the_rules_are_three_for_nearly_every_guest_and_all_kept():
    cluster = a_random_cluster(12, 250)
    policy = Policy(rules=kept_rules(cluster))
    problem = make_problem(cluster, policy)
    counts = Counter(vmid for rule in policy.rules for vmid in rule.guests.vmids)
    assert sum(count == 3 for count in counts.values()) > 200
    assert problem.rules.disabled == ()
    assert assess(problem, problem.placement()).violations == ()


def test_times_are_medians_and_what_others_need_is_by_ours():
    seconds = timed(lambda: sum(range(1000)), 3)
    assert 0.0 <= seconds.least <= seconds.cpu
    figure = time_figure("x", Seconds(2.0, 1.0, 3.0), at_most=1.5, ours=Seconds(0.5, 0.5, 0.5))
    assert (figure.value, figure.least, figure.clock, figure.ratio) == (2.0, 1.0, 3.0, 4.0)
    assert not figure.keeps_its_promise


def test_a_broken_promise_is_told_and_ends_in_failure(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results" / "latest.json")
    monkeypatch.setattr(run, "CASES", {"one": lambda: [Figure("x", 2.0, "s", at_most=1.0), Figure("y", 1234.5, "GiB")]})
    assert run.main([]) == 1
    assert run.main(["nothing of that name"]) == 0
    assert run.main(["one"]) == 1
    printed = capsys.readouterr().out
    assert [line.split() for line in printed.splitlines() if "BROKEN" in line] == [
        ["x", "2", "s", "1", "BROKEN"],
        ["x", "2", "s", "1", "2", "BROKEN"],
    ]
    assert "1,234" in printed

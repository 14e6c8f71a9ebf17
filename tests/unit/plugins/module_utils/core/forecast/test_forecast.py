# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is learned of demand, what is expected of it, and how likely a node is to run short."""

from __future__ import annotations

import random

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.forecast.board import Board, Item, board_of, total
from ansible_collections.pve.drs.plugins.module_utils.core.forecast.learn import learned
from ansible_collections.pve.drs.plugins.module_utils.core.forecast.observe import observed
from ansible_collections.pve.drs.plugins.module_utils.core.forecast.predict import outlooks
from ansible_collections.pve.drs.plugins.module_utils.core.forecast.shortage import shortage
from ansible_collections.pve.drs.plugins.module_utils.core.model.demand import NO_DEMAND, NO_HABITS, Habits, Outlook
from ansible_collections.pve.drs.tests.builders import a_cluster

CYCLE = 300.0


def taught(*samples: dict[int, float]) -> Habits:
    habits = NO_HABITS
    for number, sample in enumerate(samples):
        habits = learned(habits, sample, CYCLE * number)
    return habits


def test_a_steady_guest_has_no_errors() -> None:
    habit = taught(*[{101: 2.0}] * 20).guests[101]
    assert habit.samples == 20
    assert habit.averages == pytest.approx((2.0, 2.0, 2.0))
    assert habit.errors == pytest.approx((0.0, 0.0, 0.0))


def test_the_longest_average_is_the_mean_of_a_short_past() -> None:
    habit = taught(*({101: float(cores)} for cores in (1, 2, 6))).guests[101]
    assert habit.averages[0] == 6.0
    assert habit.averages[-1] == pytest.approx(3.0)
    assert habit.errors[0] == pytest.approx((1 + 16) / 2)  # 2 after 1, 6 after 2
    assert habit.third == pytest.approx((1 + 4.5**3) / 2)  # 2 after 1, 6 after a mean of 1.5


def test_guests_that_are_gone_are_forgotten() -> None:
    assert taught({101: 1.0, 102: 1.0}, {102: 1.0}).guests.keys() == {102}


def test_noise_is_expected_to_return_to_its_mean() -> None:
    dice = random.Random(1)
    habits = taught(*({101: dice.choice((0.0, 4.0))} for _unused in range(300)), {101: 4.0})
    outlook = outlooks(habits.guests, {101: 4.0})[101]
    assert outlook.soon_mean == pytest.approx(2.0, abs=0.5)
    assert outlook.soon_variance == pytest.approx(4.0, rel=0.3)


def test_what_lasts_is_expected_to_last() -> None:
    habits = taught(*[{101: 0.5}] * 100, *[{101: 3.5}] * 5)
    outlook = outlooks(habits.guests, {101: 4.0})[101]
    assert outlook.soon_mean == pytest.approx(3.4, abs=0.2)
    assert outlook.long_mean < 1.5


def test_little_known_guests_are_taken_for_like_the_others() -> None:
    habits = taught(*[dict.fromkeys(range(100, 110), 1.0)] * 30, dict.fromkeys(range(100, 111), 1.0) | {110: 0.0})
    expected = outlooks(habits.guests, dict.fromkeys(range(100, 111), 4.0))
    assert 0.2 < expected[110].soon_mean < 0.5
    assert expected[100].soon_mean == pytest.approx(1.0, abs=0.01)
    assert expected[110].long_variance > expected[100].long_variance / 10


def test_nobody_needs_no_outlook() -> None:
    assert outlooks({}, {}) == {}
    assert total(()) == NO_DEMAND


def test_demands_add_up_and_come_apart() -> None:
    one, two = Outlook(1, 2, 3, 4, 5, 6), Outlook(6, 5, 4, 3, 2, 1)
    assert one.plus(two) == (7,) * 6
    assert one.plus(two).minus(two) == one
    assert one.with_more(1, 0.5) == (1, 2.5, 3, 4, 5, 6)


@pytest.mark.parametrize("skew", [0.1, 0.5, 1.0, 2.0])
def test_shortage_is_as_frequent_as_told(skew: float) -> None:
    """Gamma distributed demand of variance 1, three and more deviations above its mean."""
    dice, shape = random.Random(2), 4 / skew**2
    drawn = [(dice.gammavariate(shape, 1.0) - shape) / shape**0.5 for _unused in range(200_000)]
    seen = sum(value > 3.0 for value in drawn) / len(drawn)
    assert shortage(3.0, 1.0, skew) == pytest.approx(seen, rel=0.25)


def test_shortage_is_the_worse_the_more_is_lacking() -> None:
    chances = [shortage(room, 1.0, 0.5) for room in (20.0, 5.0, 2.0, 0.0, -5.0, -20.0)]
    assert chances == sorted(chances)
    assert chances[0] == 0.0
    assert chances[-1] > chances[-2] + 1.0


def test_the_present_is_learned_once_a_cycle() -> None:
    cluster = a_cluster({"a": "8c/100G"}, ["101 a 2c/4G"])
    first = observed(cluster, CYCLE, 1000.0)
    assert first.history.habits.guests[101].averages == (2.0, 2.0, 2.0)
    assert observed(first, CYCLE, 1100.0) is first
    again = observed(first, CYCLE, 1300.0).history.habits
    assert (again.time, again.guests[101].samples) == (1300.0, 2)


@pytest.mark.parametrize("now", [1000.0 + 100 * CYCLE, 500.0], ids=["long ago", "clock was put back"])
def test_what_does_not_join_on_to_the_present_is_forgotten(now: float) -> None:
    first = observed(a_cluster({"a": "8c/100G"}, ["101 a 2c/4G"]), CYCLE, 1000.0)
    assert observed(first, CYCLE, now).history.habits.guests[101].samples == 1


def test_guests_that_do_not_run_teach_nothing() -> None:
    cluster = a_cluster({"a": "8c/100G"}, [{"vmid": 101, "node": "a", "status": "stopped"}])
    assert observed(cluster, CYCLE, 1000.0).history.habits.guests == {}


def steady(mean: float, variance: float = 0.01, third: float = 0.0) -> Outlook:
    return Outlook(mean, variance, third, mean, variance, third)


def a_board(**guests: list[Item]) -> Board:
    carried = {node: total(item.outlook for item in items) for node, items in guests.items()}
    return board_of(dict.fromkeys(guests, 8.0), guests, carried, 100)


def test_the_guest_that_frees_most_for_its_memory_leaves() -> None:
    heavy, light = Item((101,), steady(4.0), 20.0), Item((102,), steady(4.0), 5.0)
    board = a_board(a=[heavy, light], b=[])
    assert board.worst(()) == "a"
    best = min(board.moves_from("a"), key=lambda exchange: exchange.rank)
    assert (best.item, best.target, best.journeys) == (light, "b", (((102,), "b"),))
    board.apply(best)
    assert board.worst(()) is None
    assert light not in board.items["a"]


def test_a_burst_and_a_steady_guest_change_places_where_no_single_move_helps() -> None:
    """Both nodes are as full; all bursts are on one of them."""
    bursts = [Item((100 + number,), steady(2.5, 2.0, 1.0), 5.0) for number in range(2)]
    calm = [Item((200 + number,), steady(2.5), 5.0) for number in range(2)]
    board = a_board(a=bursts, b=calm)
    assert list(board.moves_from("a")) == []
    best = min(board.exchanges_of("a"), key=lambda exchange: exchange.rank)
    assert [target for _unit, target in best.journeys] == ["b", "a"]
    before = sum(board.danger.values())
    board.apply(best)
    assert sum(board.danger.values()) < before
    assert list(board.exchanges_of("a")) == []


def test_nothing_is_done_about_a_small_danger() -> None:
    board = a_board(a=[Item((101,), steady(4.0), 5.0)], b=[])
    assert board.worst(()) is None
    assert list(board.moves_from("a")) == []
    assert board.chance("a") == pytest.approx(0.0, abs=1e-9)


def test_the_present_counts_more_where_it_lasts() -> None:
    noise, lasting = steady(3.0, 1.0), replace_soon(steady(3.0, 1.0), 0.1)
    boards = [board_of({"a": 8.0}, {"a": []}, {"a": outlook}, 100) for outlook in (noise, lasting)]
    assert boards[0].soon_gib < boards[1].soon_gib
    assert boards[0].long_gib > boards[1].long_gib


def replace_soon(outlook: Outlook, variance: float) -> Outlook:
    return outlook._replace(soon_variance=variance)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

import pytest

from simulator.clock import Clock, log_time


def test_actions_run_in_order_of_time_then_of_planning():
    clock, seen = Clock(100.0), []
    clock.call_later(5, lambda: seen.append("late"))
    clock.call_later(1, lambda: seen.append("first"))
    clock.call_later(1, lambda: seen.append("second"))
    clock.advance(5)
    assert seen == ["first", "second", "late"]


def test_now_is_the_planned_moment_while_an_action_runs():
    clock, seen = Clock(100.0), []
    clock.call_at(103, lambda: seen.append(clock.now))
    clock.advance(10)
    assert (seen, clock.now) == ([103], 110)


def test_an_action_may_plan_another_within_the_same_advance():
    clock, seen = Clock(0), []
    clock.call_later(1, lambda: clock.call_later(1, lambda: seen.append(clock.now)))
    clock.advance(2)
    assert seen == [2]


def test_a_cancelled_timer_does_nothing():
    clock, seen = Clock(0), []
    clock.call_later(1, lambda: seen.append(1)).cancel()
    clock.advance(2)
    assert (seen, clock.next_event()) == ([], None)


def test_a_rhythm_goes_on():
    clock, seen = Clock(0), []
    clock.every(10, lambda: seen.append(clock.now), first=3)
    clock.advance(30)
    assert seen == [3, 13, 23]


def test_time_cannot_go_back():
    with pytest.raises(ValueError, match="cannot go back"):
        Clock(0).advance(-1)


def test_log_times_are_utc():
    assert log_time(0) == "1970-01-01 00:00:00"

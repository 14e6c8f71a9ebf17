# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What finished migrations teach: medians of the last few, robust to single ones that are far off."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.cost import migration_cost
from ansible_collections.pve.drs.plugins.module_utils.core.model.learned import (
    NOTHING_LEARNED,
    Copied,
    LearnedGuest,
    Transfer,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Cost, Move, PlannedMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, MoveOutcome
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.transfers import learn, streams_beside, transfer_of
from ansible_collections.pve.drs.tests.builders import GIB, a_guest

POLICY = Policy(link_bytes=GIB / 0.6)


def transfers(*rates, memory=16.0, **facts):
    """Of 101 from a to b, the newest first; rates in GiB/s."""
    like = Transfer(
        run="r", number=1, vmid=101, source="a", target="b", began=1000.0,
        memory=memory * GIB, bytes=memory * GIB, seconds=10.0, streams=1.0,
    )  # fmt: skip
    like = replace(like, **facts)
    return [replace(like, number=number, seconds=like.bytes / GIB / rate) for number, rate in enumerate(rates)]


@pytest.mark.parametrize("some", [(), (0.5,), (0.5, 0.5)])
def test_fewer_than_three_teach_nothing(some):
    assert learn(transfers(*some), POLICY) == NOTHING_LEARNED


def test_a_link_is_as_fast_as_the_median_of_the_last_five():
    found = learn(transfers(0.9, 0.4, 0.3, 0.5, 0.001, 1.0, 1.0, 1.0), POLICY)
    assert found.links == {("a", "b"): pytest.approx(0.4 * GIB)}
    assert found.link == pytest.approx(0.4 * GIB)


def test_a_pair_of_nodes_with_few_migrations_takes_what_the_cluster_has():
    elsewhere = transfers(0.2, 0.2, 0.2, source="c")
    found = learn([*elsewhere, *transfers(0.8, 0.8)], POLICY)
    assert found.rate("c", "b") == found.rate("a", "b") == pytest.approx(0.2 * GIB)
    found = learn([*elsewhere, *transfers(0.8, 0.8, 0.8)], POLICY)
    assert (found.rate("c", "b"), found.rate("a", "b")) == pytest.approx((0.2 * GIB, 0.8 * GIB))


def test_streams_that_shared_a_link_had_a_part_of_it_each():
    assert learn(transfers(0.3, 0.3, 0.3, streams=2.0), POLICY).link == pytest.approx(0.6 * GIB)


def test_nothing_more_than_ten_times_off_is_believed():
    assert learn(transfers(0.001, 0.001, 0.001), POLICY).link == pytest.approx(0.1 * GIB)
    assert learn(transfers(90, 90, 90, memory=900.0), POLICY).link == pytest.approx(10 * GIB)


def test_migrations_at_the_limit_of_bandwidth_say_nothing_of_the_link():
    limited = replace(POLICY, bandwidth_bytes=0.3 * GIB)
    found = learn([*transfers(0.3, 0.29, 0.28), *transfers(0.1, 0.1, 0.1)], limited)
    assert found.link == pytest.approx(0.1 * GIB)
    assert learn(transfers(0.3, 0.29, 0.28), limited).link is None
    assert learn(transfers(0.3, 0.29, 0.28), limited).guests[101].share == 1.0


def test_what_took_too_short_to_be_timed_is_left_out():
    """Logs tell whole seconds; a move of which nobody knows how large the guest was says nothing either."""
    assert learn(transfers(1.0, 1.0, 1.0, memory=4.0), POLICY) == NOTHING_LEARNED
    assert learn([replace(one, memory=0.0) for one in transfers(0.1, 0.1, 0.1)], POLICY) == NOTHING_LEARNED


def test_of_a_guest_with_empty_pages_less_is_sent():
    found = learn(transfers(0.1, 0.1, 0.1, bytes=4 * GIB), POLICY)
    assert found.guests == {101: LearnedGuest(share=0.25, dirty=0.0)}
    assert learn(transfers(0.001, 0.001, 0.001, bytes=0.01 * GIB), POLICY).guests[101].share == 0.1


@pytest.mark.parametrize("dirty", [0.01, 0.1, 0.5, 0.8])
def test_an_estimate_from_what_was_learned_is_what_had_been_sent(dirty):
    guest = a_guest(demand="1c/16G")
    truth = migration_cost(guest, GIB, LearnedGuest(share=1.0, dirty=dirty * GIB))
    past = transfers(1, 1, 1, bytes=truth.bytes)
    again = migration_cost(guest, GIB, learn(past, POLICY).guests[101])
    assert (again.bytes, again.seconds) == pytest.approx((truth.bytes, truth.seconds), rel=0.05)


def outcome(vmid, ends, began, seconds, mode="live"):
    source, target = ends
    planned = PlannedMove(
        move=Move(vmid, source, target), guest_name="", guest_type="qemu", memory_bytes=4e9, mode=mode,
        category="improvement", reason="", gain=0.0, cost=Cost(seconds=0.0, bytes=0.0, downtime_seconds=0.0),
    )  # fmt: skip
    return MoveOutcome(planned=planned, status=DONE, reason="", node=target, began=began, seconds=seconds)


def test_streams_are_counted_where_most_shared_a_link_and_for_as_long_as_they_did():
    moved = outcome(1, "ab", 100.0, 20.0)
    half, other_end, elsewhere = (
        outcome(2, "ac", 110.0, 50.0),
        outcome(3, "cb", 90.0, 15.0),
        outcome(4, "cd", 100.0, 20.0),
    )
    later, off = outcome(5, "ab", 200.0, 20.0), outcome(6, "ab", 100.0, 20.0, mode="offline")
    never = replace(outcome(7, "ab", None, 0.0), status="skipped")
    assert streams_beside(moved, [moved]) == 1.0
    assert streams_beside(moved, [moved, half, other_end, elsewhere, later, off, never]) == 1.5
    assert streams_beside(moved, [half, replace(half)]) == 2.0


def test_what_is_kept_of_a_move():
    moved = outcome(1, "ab", 100.0, 20.0)
    kept = transfer_of("r", 7, moved, Copied(bytes=5e9, seconds=10.0), 2.0)
    assert (kept.vmid, kept.source, kept.target, kept.began, kept.memory) == (1, "a", "b", 100.0, 4e9)
    assert (kept.run, kept.number, kept.rate, kept.streams) == ("r", 7, 5e8, 2.0)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a migration takes, against the table of the specification."""

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.cost import migration_cost, move_cost, precopy
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History
from ansible_collections.pve.drs.plugins.module_utils.core.model.learned import Learned, LearnedGuest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Cost, Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest

# drs-model 6.4, [Ex 6.1]: memory, bandwidth, dirty rate in GiB (per second) -> seconds, GiB sent, downtime
TABLE = {
    "8 GiB": ((8, 1.0, 0.1), (8.88, 8.88, 0.08)),
    "32 GiB": ((32, 1.1, 0.5), (53.289156, 58.618072, 0.053012)),
    "16 GiB on a slow link": ((16, 0.11, 0.05), (266.621029, 29.328313, 0.054765)),
}


@pytest.mark.parametrize(("given_", "expected"), TABLE.values(), ids=TABLE)
def test_the_table_of_the_specification(given_, expected):
    memory, bandwidth, dirty = (GIB * value for value in given_)
    cost = precopy(memory, bandwidth, dirty, writable=inf)
    assert (cost.seconds, cost.bytes / GIB, cost.downtime_seconds) == pytest.approx(expected, abs=1e-6)
    assert cost.converges


def test_a_guest_that_writes_faster_than_the_link_is_forced_over():
    """[Ex 6.1], last row: 80 s and 20 s of copying, then eight doublings of 7 s; 2 GiB are sent while it stands still."""
    cost = precopy(8 * GIB, 0.1 * GIB, 0.2 * GIB, writable=2 * GIB)
    assert (cost.seconds, cost.downtime_seconds, cost.converges) == (
        pytest.approx(100 + 8 * 7),
        pytest.approx(20),
        False,
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"status": "stopped"}, Cost(seconds=3.0, bytes=0.0, downtime_seconds=0.0)),
        ({"type": "lxc"}, Cost(seconds=20.0, bytes=0.0, downtime_seconds=20.0)),
        ({"type": "lxc", "status": "stopped"}, Cost(seconds=3.0, bytes=0.0, downtime_seconds=0.0)),
    ],
    ids=["stopped", "container", "stopped container"],
)
def test_what_is_not_copied_while_running(facts, expected):
    assert migration_cost(a_guest(**facts), bandwidth=1.25e9) == expected


IDLE = a_cluster({"a": "8c/100G", "b": "8c/100G", "c": "8c/100G"}, ["101 a 0c/6G"])
MOVE = Move(101, "a", "b")


def seconds(cluster, policy, streams=1, move=MOVE):
    return move_cost(cluster, policy, move, streams).seconds


def test_an_idle_guest_takes_its_memory_over_the_secure_channel():
    cost = move_cost(IDLE, Policy(link_bytes=GIB), MOVE, 1)
    assert (cost.seconds, cost.bytes) == (pytest.approx(10.0), 6 * GIB)


def test_two_streams_share_the_link():
    alone, beside = (seconds(IDLE, Policy(link_bytes=GIB), streams) for streams in (1, 2))
    assert beside == pytest.approx(2 * alone)


def test_a_limit_counts_where_the_link_has_more_for_each():
    """2 of 6 GiB/s for each of three; the HA manager knows no limit."""
    policy = Policy(link_bytes=10 * GIB, bandwidth_bytes=3 * GIB)
    assert [seconds(IDLE, policy, streams) for streams in (1, 3)] == pytest.approx([2.0, 3.0])
    managed = replace(IDLE, guests=(replace(IDLE.guests[0], hastate="started"),))
    assert seconds(managed, policy) == pytest.approx(1.0)


def test_what_was_learned_of_a_link_counts_more_than_its_speed():
    """2 GiB/s from a to b, 1 GiB/s elsewhere; limits and other streams count as ever."""
    learned = replace(IDLE, history=History(learned=Learned(links={("a", "b"): 2.0 * GIB}, link=1.0 * GIB)))
    policy = Policy(link_bytes=100 * GIB)
    assert [seconds(learned, policy, streams) for streams in (1, 2)] == pytest.approx([3.0, 6.0])
    assert seconds(learned, policy, move=Move(101, "a", "c")) == pytest.approx(6.0)
    assert seconds(learned, replace(policy, bandwidth_bytes=0.5 * GIB)) == pytest.approx(12.0)


def test_what_was_learned_of_a_guest_counts_more_than_what_its_cores_could_write():
    guest = a_guest(demand="8c/8G")
    idle = migration_cost(guest, GIB, LearnedGuest(share=0.25, dirty=0.0))
    assert (idle.seconds, idle.bytes) == pytest.approx((2.0, 2 * GIB))
    busy = migration_cost(guest, GIB, LearnedGuest(share=1.0, dirty=0.1 * GIB))
    assert (busy.seconds, busy.bytes / GIB) == pytest.approx((8.88, 8.88))


def test_a_guest_that_wrote_faster_than_a_slow_link_is_slowed_down_and_still_goes_over():
    cost = migration_cost(a_guest(demand="1c/8G"), 0.1 * GIB, LearnedGuest(share=1.0, dirty=1.0 * GIB))
    assert cost.converges
    assert cost.bytes == pytest.approx(80 * GIB, rel=0.01)


@given(st.floats(0, 64), st.floats(0, 1024), st.integers(0, 8))
def test_every_estimate_ends_and_is_plausible(cores, gib, streams):
    guest = a_guest(demand=f"{cores:.2f}c/{gib:.2f}G")
    cost = migration_cost(guest, bandwidth=0.75e9 / max(1, streams))
    assert cost.bytes >= guest.demand.memory
    assert cost.seconds >= cost.downtime_seconds >= 0
    assert cost.converges

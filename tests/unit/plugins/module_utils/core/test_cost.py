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

from ansible_collections.pve.drs.plugins.module_utils.core.cost import cost_under, migration_cost, precopy
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Cost
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.builders import GIB, a_guest

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
    assert migration_cost(a_guest(**facts), link_bytes=1.25e9, streams=1) == expected


def test_an_idle_guest_takes_its_memory_over_the_secure_channel():
    cost = migration_cost(a_guest(demand="0c/6G"), link_bytes=GIB, streams=1)
    assert (cost.seconds, cost.bytes) == (pytest.approx(10.0), 6 * GIB)


def test_two_streams_share_the_link():
    alone, beside = (migration_cost(a_guest(demand="0c/6G"), GIB, streams).seconds for streams in (1, 2))
    assert beside == pytest.approx(2 * alone)


def test_a_limit_counts_where_the_link_has_more_for_each():
    """2 of 6 GiB/s for each of three; the HA manager knows no limit."""
    guest, policy = a_guest(demand="0c/6G"), Policy(link_bytes=10 * GIB, bandwidth_bytes=3 * GIB)
    assert [cost_under(policy, guest, streams).seconds for streams in (1, 3)] == pytest.approx([2.0, 3.0])
    assert cost_under(policy, replace(guest, hastate="started"), 1).seconds == pytest.approx(1.0)


@given(st.floats(0, 64), st.floats(0, 1024), st.integers(0, 8))
def test_every_estimate_ends_and_is_plausible(cores, gib, streams):
    guest = a_guest(demand=f"{cores:.2f}c/{gib:.2f}G")
    cost = migration_cost(guest, link_bytes=1.25e9, streams=streams)
    assert cost.bytes >= guest.demand.memory
    assert cost.seconds >= cost.downtime_seconds >= 0
    assert cost.converges

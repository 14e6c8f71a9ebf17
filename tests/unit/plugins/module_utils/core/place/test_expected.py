# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a guest that does not run will use (drs-model 8.2)."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.history import ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Starting
from ansible_collections.pve.drs.plugins.module_utils.core.place.expected import expected, last_run
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest

NODES = {"a": "8c/64G"}


def off(vmid=101, **facts):
    return a_guest(vmid, "a", "0c/0G", **{"size": "4c/8G", "status": "stopped"} | facts)


def series(*values):
    return Series(tuple((60.0 * number, value) for number, value in enumerate(values)))


def asked(guest, *others, past=None, **wanted):
    cluster = a_cluster(NODES, [guest, *others])
    pasts = {guest.vmid: past} if past else {}
    return expected(cluster, Policy(), Starting(pasts=pasts, **wanted), guest)


@pytest.mark.parametrize(
    ("values", "run"),
    [((), ()), ((None, None), ()), ((1, 2), (1, 2)), ((9, None, 1, 2, None, None), (1, 2)), ((9, None, 1), (1,))],
)
def test_the_last_run_ends_before_the_guest_stopped_and_begins_after_the_gap_before(values, run):
    assert last_run(series(*values)).values == run


def test_its_last_run_counts_first():
    past = ObjectHistory(
        cpu=series(4.0, None, *(number / 10 for number in range(11))), memory=series(*[None] * 2, *[5 * GIB] * 11)
    )
    found = asked(off(), past=past)
    assert (found.demand, found.source) == (Resources(pytest.approx(0.95), 5 * GIB), "its last run")
    assert found.room == Resources(pytest.approx(0.95), 8 * GIB)


def test_a_run_of_two_samples_tells_nothing():
    past = ObjectHistory(cpu=series(4.0, 4.0), memory=series(GIB, GIB))
    assert asked(off(), past=past).source == "its size"


def test_then_guests_of_its_size_in_its_pool_then_those_with_a_tag_of_its_own():
    like = [
        a_guest(201, "a", "1c/4G", size="4c/8G", pool="web"),
        a_guest(202, "a", "3c/6G", size="4c/8G", pool="web"),
        a_guest(203, "a", "4c/8G", size="4c/8G", tags=("db", "drs-pin")),
    ]
    unlike = [
        a_guest(301, "a", "1c/1G", size="2c/8G", pool="web", tags=("db",)),
        a_guest(302, "a", "1c/1G", size="4c/8G", pool="web", type="lxc"),
        a_guest(303, "a", "1c/1G", size="4c/8G", pool="web", is_estimated=True),
        off(304, pool="web"),
    ]
    by_pool = asked(off(pool="web", tags=("db",)), *like, *unlike)
    assert (by_pool.demand, by_pool.source) == (Resources(2.0, 5 * GIB), "2 running guest(s) of its size in pool web")
    by_tag = asked(off(tags=("db", "drs-pin")), *like, *unlike)
    assert by_tag.demand == Resources(4.0, 8 * GIB)
    assert by_tag.source == "1 running guest(s) of its size with a tag of its own"
    assert asked(off(tags=("drs-pin",)), *like).source == "its size"


def test_at_last_its_size():
    assert asked(off()).demand == Resources(2.0, 8 * GIB)
    container = asked(off(type="lxc"))
    assert (container.demand, container.room) == (Resources(2.0, 4 * GIB), Resources(2.0, 8 * GIB))


def test_a_guest_that_used_more_than_its_size_needs_room_for_that():
    past = ObjectHistory(cpu=series(1, 1, 1), memory=series(*[9 * GIB] * 3))
    assert asked(off(), past=past).room.memory == 9 * GIB


@pytest.mark.parametrize(
    ("balloon", "room"), [("8G/2G", 2), (None, 8), ("8G/8G", 8)], ids=["works", "has none", "leaves it all"]
)
def test_an_optimist_finds_room_for_what_ballooning_leaves(balloon, room):
    assert asked(off(balloon=balloon), is_optimistic=True).room.memory == room * GIB
    assert asked(off(balloon=balloon)).room.memory == 8 * GIB

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a placement remembers is what it would find if it looked again."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest

HERE, AWAY = Move(101, "a", "b"), Move(102, "b", "c")
ON_THE_WAY = ("start", HERE), ("start", AWAY)
GUESTS = [
    a_guest(101, "a", "2c/10G", surge=Resources(1.0, 2 * GIB)),
    a_guest(102, "b", "3c/20G", surge=Resources(-1.0, GIB)),
    a_guest(103, "c", "1c/5G"),
]
CLUSTER = a_cluster(dict.fromkeys("abc", "8c/100G"), GUESTS, migrations=(Migration(vmid=103, source="c"),))


@pytest.mark.parametrize(
    "steps",
    [
        [("apply", HERE)],
        [("apply", HERE), ("undo", HERE)],
        [("apply", HERE), ("apply", AWAY)],
        [*ON_THE_WAY],
        [*ON_THE_WAY, ("finish", HERE)],
        [*ON_THE_WAY, ("cancel", HERE), ("finish", AWAY)],
    ],
    ids=lambda steps: " ".join(verb for verb, _move in steps),
)
def test_what_is_claimed_follows_every_move(steps):
    asked, silent = Placement(CLUSTER), Placement(CLUSTER)
    for verb, move in steps:
        assert all(asked.claimed(node).memory > 0 for node in "abc")
        for placement in (asked, silent):
            getattr(placement, verb)(move)
    assert [asked.claimed(node) for node in "abc"] == [silent.claimed(node) for node in "abc"]
    assert [asked.claimed(node) for node in "abc"] == [asked.claimed(node) for node in "abc"]


def test_a_guest_under_way_to_nobody_knows_where_is_claimed_on_all_other_nodes():
    placement = Placement(CLUSTER)
    assert placement.claimed("a") == Resources(3.0, 15 * GIB)
    assert placement.claimed("c") == Resources(1.0, 5 * GIB)


@pytest.mark.parametrize(
    ("status", "vmid", "target", "expected"),
    [
        ("running", 101, "b", {"a": 10 * GIB, "b": 40 * GIB}),
        ("stopped", 101, "b", {"a": 10 * GIB, "b": 20 * GIB}),
        ("running", 101, None, {"a": 30 * GIB, "b": 20 * GIB}),
        ("running", 101, "a", {"a": 30 * GIB, "b": 20 * GIB}),
        ("running", 999, "b", {"a": 30 * GIB, "b": 20 * GIB}),
    ],
)
def test_what_others_have_under_way_lands_where_it_is_known_where_to(status, vmid, target, expected):
    guests = [a_guest(101, "a", "1c/20G", status=status), "102 a 1c/10G", "201 b 1c/20G"]
    under_way = (Migration(vmid=vmid, source="a", target=target),)
    placement = Placement(a_cluster(dict.fromkeys("ab", "8c/100G"), guests, migrations=under_way))
    placement.land_foreign()
    arrived = vmid == 101 and target == "b"
    assert placement.node_of[101] == ("b" if arrived else "a")
    assert (101 in placement.guests_on("a"), 101 in placement.guests_on("b")) == (not arrived, arrived)
    assert {node: placement.used(node).memory for node in "ab"} == pytest.approx(expected)

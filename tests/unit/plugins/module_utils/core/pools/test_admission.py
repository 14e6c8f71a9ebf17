# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What may be promised, and that what is promised is there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.pools.admission import admit, ledger_of, overdrafts
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import ROOT
from ansible_collections.pve.drs.tests.pools import CPU, a_pool, a_tree


def admitted(ledger, name, amounts):
    """The ledger after all of them, how many were admitted, and the last refusal."""
    count, refused = 0, None
    for amount in amounts:
        ledger, refusal = admit(ledger, name, amount)
        count, refused = count + (refusal is None), refusal or refused
    return ledger, count, refused


def pool_of_eight(parent, **facts):
    return a_tree(
        a_pool("top", cpu={"reservation": parent, "expandable": False}),
        a_pool("web", parent="top", cpu={"reservation": 8} | facts),
    )


# [Ex 5.11]: what the parent reserves beyond the 8 of the pool, whether the pool is expandable, how many of nine guests fit
EIGHT = {
    "not expandable": (9, False, 8),
    "the parent has one left": (9, True, 9),
    "the parent has half of one": (8.5, True, 8),
}


@pytest.mark.parametrize(("parent", "expandable", "expected"), EIGHT.values(), ids=EIGHT)
def test_nine_guests_ask_for_a_core_each(parent, expandable, expected):
    ledger = ledger_of(pool_of_eight(parent, expandable=expandable), CPU, 100.0)
    assert admitted(ledger, "web", [1.0] * 9)[1] == expected


def test_refusals_name_the_pool_and_the_numbers():
    closed = ledger_of(pool_of_eight(9, expandable=False), CPU, 100.0)
    assert admitted(closed, "web", [8.0, 1.5])[2] == (
        "pool web reserves 8 cores and has 0 cores of it left, and is not expandable: 1.5 cores of cpu asked, 1.5 cores too much"
    )
    half = ledger_of(pool_of_eight(8.5), CPU, 100.0)
    assert admitted(half, "web", [8.0, 1.0])[2] == (
        "pool top reserves 8.5 cores and has 0.5 cores of it left, and is not expandable: 1 cores of cpu asked, 0.5 cores too much"
    )
    limited = ledger_of(a_tree(a_pool("web", cpu={"reservation": 2, "limit": 3})), CPU, 100.0)
    assert admitted(limited, "web", [2.0, 2.0])[2] == (
        "pool web reserves 2 cores and has 0 cores of it left, and would promise 4 cores, above its limit of 3 cores"
    )
    small = ledger_of(a_tree(a_pool("web")), CPU, 4.0)
    assert admitted(small, "web", [5.0])[2] == (
        "the cluster has 4 cores and 4 cores of it left: 5 cores of cpu asked, 1 cores too much"
    )
    assert admitted(small, ROOT, [1.0, 3.0])[1] == 2


OVERDRAWN = {
    "cluster": (
        a_tree(a_pool("a", cpu={"reservation": 60}), a_pool("b", cpu={"reservation": 50}), a_pool("c")),
        "the pools have 110 cores of cpu reserved (a 60 cores, b 50 cores), but the cluster has only 100 cores",
    ),
    "limit": (
        a_tree(a_pool("a", cpu={"limit": 5}), a_pool("b", parent="a", cpu={"reservation": 6})),
        "pool a: the pools in it have 6 cores of cpu reserved (b 6 cores), above its limit of 5 cores",
    ),
    "not expandable": (
        a_tree(
            a_pool("a", cpu={"reservation": 5, "expandable": False}), a_pool("b", parent="a", cpu={"reservation": 6})
        ),
        "pool a: the pools in it have 6 cores of cpu reserved (b 6 cores), above its reservation of 5 cores, which is not expandable",
    ),
    "borrowed two levels up": (
        a_tree(
            a_pool("a", cpu={"limit": 5}),
            a_pool("b", parent="a"),
            a_pool("c", parent="b", cpu={"reservation": 6}),
        ),
        "pool a: the pools in it have 6 cores of cpu reserved (b 6 cores), above its limit of 5 cores",
    ),
}


@pytest.mark.parametrize(("tree", "expected"), OVERDRAWN.values(), ids=OVERDRAWN)
def test_pools_that_promise_more_than_they_have(tree, expected):
    assert tuple(overdrafts(ledger_of(tree, CPU, 100.0))) == (expected,)


def test_a_parent_may_borrow_for_its_children():
    tree = a_tree(a_pool("a"), a_pool("b", parent="a", cpu={"reservation": 6}))
    assert not tuple(overdrafts(ledger_of(tree, CPU, 100.0)))


TREE = a_tree(
    a_pool("top", cpu={"reservation": 10, "limit": 20}),
    a_pool("web", parent="top", cpu={"reservation": 4, "limit": 9}),
    a_pool("db", parent="top", cpu={"reservation": 4, "expandable": False}),
    a_pool("free"),
)
ASKED = st.lists(st.tuples(st.sampled_from([ROOT, *TREE.pools]), st.integers(1, 50).map(lambda n: n / 10)), max_size=30)


@given(ASKED)
def test_what_is_promised_is_there_whatever_the_order(asked):
    ledger = ledger_of(TREE, CPU, 24.0)
    granted = 0.0
    for name, amount in asked:
        ledger, refusal = admit(ledger, name, amount)
        granted += 0.0 if refusal else amount
        for pool in TREE.pools:
            borrowed = ledger.borrowed[pool]
            assert ledger.reserved[pool] <= ledger.reservation(pool) + borrowed + 1e-6
            assert ledger.reserved[pool] <= max(ledger.limit(pool), ledger.reservation(pool)) + 1e-6
            assert not borrowed or TREE.pools[pool].terms[CPU].expandable
        assert ledger.reserved[ROOT] <= 24.0 + 1e-6
    assert granted <= 24.0 + 1e-6

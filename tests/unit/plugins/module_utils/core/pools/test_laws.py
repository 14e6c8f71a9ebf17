# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Laws of sharing out over a tree (drs-model 9.1, 18 and 19)."""

from dataclasses import replace
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import Terms
from ansible_collections.pve.drs.plugins.module_utils.core.pools.allocate import allocate
from ansible_collections.pve.drs.plugins.module_utils.core.pools.branch import Branch, Want
from ansible_collections.pve.drs.plugins.module_utils.core.pools.guarantee import (
    Heir,
    first_pass,
    guarantees,
    two_passes,
)

AMOUNTS = st.integers(0, 400).map(lambda number: number / 10)
WEIGHTS = st.integers(1, 20).map(float)
HEIRS = st.lists(
    st.builds(lambda w, d, s: Heir(weight=w, demand=d, most=s), WEIGHTS, AMOUNTS, AMOUNTS), min_size=1, max_size=8
)


@given(AMOUNTS, HEIRS)
def test_two_passes(reservation, heirs):
    first, last = first_pass(reservation, heirs), two_passes(reservation, heirs)
    assert all(after >= before - 1e-9 for before, after in zip(first, last, strict=True))
    assert sum(last) <= reservation + 1e-6
    assert all(share <= heir.most + 1e-9 for share, heir in zip(last, heirs, strict=True))
    if sum(heir.demand for heir in heirs) <= reservation:
        met = (min(heir.demand, heir.most) for heir in heirs)
        assert all(share >= demand - 1e-9 for share, demand in zip(last, met, strict=True))


def a_want(vmid, shares, size, demand, reservation):
    return Want(vmid=vmid, shares=shares, size=size, demand=demand, reservation=reservation)


@st.composite
def branches(draw, name="root", depth=2):
    """Pools in pools with guests, some with limits and reservations."""
    facts = st.tuples(WEIGHTS, AMOUNTS, AMOUNTS, AMOUNTS)
    wanted = draw(st.lists(facts, min_size=0 if depth else 1, max_size=4))
    guests = tuple(a_want(crc32(f"{name}/{number}".encode()), *fact) for number, fact in enumerate(wanted))
    pools = tuple(
        draw(branches(f"{name}.{number}", depth - 1)) for number in range(draw(st.integers(0, 3 if depth else 0)))
    )
    reservation = draw(AMOUNTS)
    limit = draw(st.one_of(st.just(float("inf")), AMOUNTS.map(lambda more: reservation + more + 1.0)))
    terms = Terms(reservation=reservation, limit=limit, expandable=draw(st.booleans()))
    return Branch(name=name, terms=terms, shares=draw(WEIGHTS), pools=pools, guests=guests)


def every(branch):
    yield branch
    for child in branch.pools:
        yield from every(child)


@given(branches(), AMOUNTS)
def test_nobody_gets_more_than_its_pool_or_its_limit(root, capacity):
    found = allocate(root, capacity)
    assert found.pools[root.name] <= capacity + 1e-6
    for pool in every(root):
        share = found.pools[pool.name]
        inside = sum(found.pools[child.name] for child in pool.pools) + sum(found.guests[g.vmid] for g in pool.guests)
        assert inside <= share + 1e-6
        assert share <= pool.terms.limit + 1e-6
        assert inside == pytest.approx(min(share, sum(item.wanted for item in (*pool.pools, *pool.guests))), abs=1e-6)
        assert all(found.guests[guest.vmid] <= guest.wanted + 1e-6 for guest in pool.guests)


@given(branches(), branches("other"), AMOUNTS, WEIGHTS)
def test_what_happens_inside_a_pool_is_nothing_to_its_siblings(inside, sibling, capacity, weight):
    """As long as it wants the same, and the same is promised to those in it."""
    one = a_want(-1, weight, inside.wanted, inside.wanted, inside.floor)
    same = replace(inside, pools=(), guests=(one,))
    assert (same.wanted, same.floor) == (inside.wanted, inside.floor)
    before, after = (
        allocate(Branch(name="", terms=Terms(), shares=1.0, pools=(pool, sibling)), capacity) for pool in (inside, same)
    )
    assert {pool.name: after.pools[pool.name] for pool in every(sibling)} == {
        pool.name: before.pools[pool.name] for pool in every(sibling)
    }


@given(branches())
def test_guarantees_are_never_less_than_a_guest_s_own_nor_more_than_it_can_use(root):
    found = guarantees(root)
    for pool in every(root):
        for guest in pool.guests:
            assert min(guest.reservation, guest.cap) - 1e-6 <= found[guest.vmid] <= guest.cap + 1e-6

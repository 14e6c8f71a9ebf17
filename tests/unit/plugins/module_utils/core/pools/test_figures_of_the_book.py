# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The figures of the specification and of the book, exactly."""

from fractions import Fraction

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.pools.allocate import allocate
from ansible_collections.pve.drs.plugins.module_utils.core.pools.flatten import cpu_weights, memory_shares, with_floors
from ansible_collections.pve.drs.plugins.module_utils.core.pools.grow import grow
from ansible_collections.pve.drs.plugins.module_utils.core.pools.guarantee import Heir, first_pass, two_passes
from ansible_collections.pve.drs.plugins.module_utils.core.pools.on_node import Runner, shares_on
from ansible_collections.pve.drs.plugins.module_utils.core.pools.shares import guest_shares, pool_shares
from ansible_collections.pve.drs.tests.builders import GIB
from ansible_collections.pve.drs.tests.pools import CPU, MEMORY, a_pool, a_tree, figures

HIGH_VMS, NORMAL_VMS = tuple(range(101, 133)), tuple(range(201, 209))
BUSY = dict.fromkeys((*HIGH_VMS, *NORMAL_VMS), (8.0, 8.0))
BOOK = {
    "standard": (
        "fixed",
        (Fraction(200, 3), Fraction(100, 3), Fraction(25, 12), Fraction(25, 6)),
        (66.7, 33.3, 2.1, 4.2),
    ),
    "scalable": (
        "shares",
        (Fraction(800, 9), Fraction(100, 9), Fraction(25, 9), Fraction(25, 18)),
        (88.9, 11.1, 2.8, 1.4),
    ),
    "count": ("count", (Fraction(800, 9), Fraction(100, 9), Fraction(25, 9), Fraction(25, 18)), (88.9, 11.1, 2.8, 1.4)),
}


def of_the_book(scalable):
    """100 cores, a high pool with 32 guests and a normal one with 8, all busy and of one size."""
    tree = a_tree(
        a_pool("high", HIGH_VMS, cpu={"shares": "high", "scalable": scalable}),
        a_pool("normal", NORMAL_VMS, cpu={"shares": "normal", "scalable": scalable}),
    )
    return allocate(grow(tree, figures(CPU, 100.0, BUSY)), 100.0)


@pytest.mark.parametrize(("scalable", "exact", "printed"), BOOK.values(), ids=BOOK)
def test_two_pools_of_the_book(scalable, exact, printed):
    found = of_the_book(scalable)
    figures_found = (found.pools["high"], found.pools["normal"], found.guests[101], found.guests[201])
    assert figures_found == pytest.approx([float(value) for value in exact], rel=1e-12)  # [Ex 5.6]
    assert figures_found == pytest.approx(printed, abs=0.05)


def test_25_25_50():
    tree = a_tree(a_pool("a", (1,)), a_pool("b", (2,)), a_pool("c", (3,), cpu={"shares": 8000}))
    found = allocate(grow(tree, figures(CPU, 100.0, dict.fromkeys((1, 2, 3), (100.0, 100.0)))), 100.0)
    assert found.pools == {"": 100.0, "a": 25.0, "b": 25.0, "c": 50.0}  # [Ex 5.4]


def test_shares_of_the_book():
    assert pool_shares("normal", CPU) == 4 * guest_shares("normal", CPU, 1.0) == 4000  # [Ex 5.1]
    assert pool_shares("high", MEMORY) == guest_shares("high", MEMORY, 16 * GIB) == 327_680
    assert [pool_shares(level, CPU) for level in ("high", "normal", "low")] == [8000, 4000, 2000]
    assert [pool_shares(level, MEMORY) for level in ("high", "normal", "low")] == [327_680, 163_840, 81_920]
    assert guest_shares(777, CPU, 4.0) == pool_shares(777, CPU) == 777


def test_a_tree_of_three_pools():
    tree = a_tree(
        a_pool("A", (1, 2), cpu={"shares": 2, "limit": 30}),
        a_pool("B", (3,), cpu={"shares": 1, "reservation": 10}),
        a_pool("C", cpu={"shares": 1}, guests={4: {"cpu": {"shares": 2}}, 5: {"cpu": {"shares": 1}}}),
    )
    wants = {1: (20.0, 20.0), 2: (20.0, 20.0), 3: (5.0, 5.0), 4: (30.0, 30.0), 5: (30.0, 30.0)}
    found = allocate(grow(tree, figures(CPU, 60.0, wants)), 60.0)
    assert found.pools == pytest.approx({"": 60, "A": 30, "B": 5, "C": 25})  # [Ex 5.5]
    assert found.guests == pytest.approx({1: 15, 2: 15, 3: 5, 4: 50 / 3, 5: 25 / 3})


# drs-model 5.7: reservation, heirs as (weight, demand, size), after the first pass, in the end
TWO_PASSES = {
    "5.7": (10, [(1, 2, 6), (1, 1, 6), (1, 4, 4)], (2, 1, 4), (3.5, 2.5, 4)),
    "5.8, no excess": (6, [(2, 4, 4), (1, 4, 4), (1, 4, 4)], (3, 1.5, 1.5), (3, 1.5, 1.5)),
    "5.9": (12, [(2, 2, 8), (1, 3, 8), (1, 1, 2)], (2, 3, 1), (16 / 3, 14 / 3, 2)),
    "5.10, 4 stay in the pool": (20, [(1, 2, 6), (1, 1, 6), (1, 4, 4)], (2, 1, 4), (6, 6, 4)),
}


@pytest.mark.parametrize(("reservation", "heirs", "first", "last"), TWO_PASSES.values(), ids=TWO_PASSES)
def test_two_pass_reservation(reservation, heirs, first, last):
    given = [Heir(weight=weight, demand=demand, most=size) for weight, demand, size in heirs]
    assert first_pass(reservation, given) == pytest.approx(first)
    assert two_passes(reservation, given) == pytest.approx(last)


@pytest.mark.parametrize(("scalable", "units"), [("fixed", (83, 167)), ("shares", (111, 56))])
def test_cpuunits_of_the_book(scalable, units):
    weights = cpu_weights(of_the_book(scalable).guests)
    assert (weights[101], weights[201]) == units  # [Ex 5.12]


def test_a_weight_floor():
    assert with_floors({1: 100, 2: 300, 3: 300}, {1: 2.0}, 8.0) == {1: 200, 2: 300, 3: 300}  # [Ex 5.13]


def test_memory_shares():
    assert memory_shares({1: 327_680, 2: 163_840, 3: 81_920}) == {1: 2000, 2: 1000, 3: 500}  # [Ex 5.14]


def test_machines_and_containers_are_siblings():
    runners = [Runner(vmid=vmid, is_container=vmid > 6, weight=100, wanted=4.0, most=4.0) for vmid in range(1, 9)]
    found = shares_on(8.0, runners)
    assert [found[vmid] for vmid in (1, 6, 7, 8)] == pytest.approx([2 / 3, 2 / 3, 2.0, 2.0])  # drs-model 5.9

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Who leaves a full node: no other choice that is enough costs less."""

import random
from itertools import chain, combinations
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.planners import cover
from ansible_collections.pve.drs.plugins.module_utils.core.planners.cover import Offer, cheapest

SHARES = st.floats(0.0, 1.0)
COSTS = st.floats(0.5, 50.0)


def an_offer(vmid, *relief, cost):
    return Offer((vmid,), relief, cost)


def is_enough(offers, resources):
    return all(sum(offer.relief[r] for offer in offers) >= 1.0 - 1e-9 for r in range(resources))


def cost_of(offers):
    return sum(offer.cost for offer in offers)


def least_by_trying(offers, resources):
    subsets = chain.from_iterable(combinations(offers, size) for size in range(1, len(offers) + 1))
    return min((cost_of(subset) for subset in subsets if is_enough(subset, resources)), default=None)


@pytest.mark.parametrize("resources", [1, 2])
@given(data=st.data())
def test_nothing_cheaper_is_enough(resources, data):
    reliefs = st.tuples(*[SHARES] * resources)
    drawn = data.draw(st.lists(st.tuples(reliefs, COSTS), max_size=8))
    offers = [Offer((vmid,), relief, cost) for vmid, (relief, cost) in enumerate(drawn)]
    found, least = cheapest(offers), least_by_trying(offers, resources)
    assert bool(found) == (least is not None)
    if found:
        assert is_enough(found, resources)
        assert cost_of(found) == pytest.approx(least)


def test_the_order_of_offers_does_not_matter():
    offers = [an_offer(vmid, share / 10, cost=share) for vmid, share in enumerate((3, 4, 4, 5, 6))]
    expected = set(cheapest(offers))
    for seed in range(5):
        random.Random(seed).shuffle(offers)
        assert set(cheapest(offers)) == expected


def test_all_that_is_offered_may_just_be_enough():
    offers = [an_offer(vmid, 0.1, cost=1.0) for vmid in range(10)]
    assert len(cheapest(offers)) == 10


@pytest.mark.parametrize("offers", [[], [an_offer(1, 0.0, cost=1.0)], [an_offer(1, 0.9, cost=1.0)]])
def test_too_little_is_nothing(offers):
    assert cheapest(offers) == ()


def test_the_first_choice_stands_when_there_is_no_time_to_look_further(monkeypatch):
    offers = [an_offer(1, 0.9, cost=9.0), an_offer(2, 1.0, cost=11.0)]
    assert cost_of(cheapest(offers)) == 11.0
    monkeypatch.setattr(cover, "MOST_LOOKED_AT", 3)
    assert cost_of(cheapest(offers)) == 20.0


def test_the_resource_that_is_hardest_to_come_by_may_count_more(monkeypatch):
    """Whoever looks best for both together is enough for one alone."""
    offers = [an_offer(1, 0.6, 0.0, cost=1.0), an_offer(2, 0.2, 1.0, cost=4.0), an_offer(3, 1.0, 1.0, cost=4.5)]
    monkeypatch.setattr(cover, "MOST_LOOKED_AT", 3)
    assert cost_of(cheapest(offers)) == 4.5


def test_many_offers_are_no_reason_to_look_for_ever():
    dice = random.Random(1)
    offers = [an_offer(vmid, dice.uniform(0.001, 0.02), cost=dice.uniform(1, 30)) for vmid in range(400)]
    found = cheapest(offers)
    assert is_enough(found, 1)
    bound = cover.Bounds(offers, (1.0,)).least(cover.State(0, (1.0,), 0.0, ()))
    assert bound <= cost_of(found) <= 1.02 * bound < inf

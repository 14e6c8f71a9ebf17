# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Sharing out: the specification's figures, and the laws of a fair share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.divvy import Claim, divvy

# drs-model 5.4: capacity, (weight, low, high), shares
EXAMPLES = {
    "a floor, not an add-on [Ex 5.2]": (12, [(2, 0, 10), (1, 5, 10), (1, 0, 1)], (6, 5, 1)),
    "what a cap leaves goes to the others [Ex 5.3]": (10, [(4, 0, 2), (2, 0, 10), (1, 0, 10)], (2, 5.333333, 2.666667)),
    "shares alone [Ex 5.4]": (100, [(4000, 0, 1e9), (4000, 0, 1e9), (8000, 0, 1e9)], (25, 25, 50)),
    "floors above capacity": (6, [(1, 4, 9), (1, 8, 9)], (2, 4)),
    "caps below capacity": (10, [(1, 0, 2), (1, 0, 3)], (2, 3)),
    "without weight: the floor": (10, [(1, 0, 20), (0, 3, 5)], (7, 3)),
    "without weight: leftovers": (10, [(1, 0, 4), (0, 1, 5), (0, 0, 5)], (4, 3, 3)),
    "what ballooning gives beyond the least [Ex 2.7]": (
        9.6,
        [(3000, 0, 1e9)] + 3 * [(1000, 0, 1e9)],
        (4.8, 1.6, 1.6, 1.6),
    ),
    "nothing to share": (0, [(1, 0, 5)], (0,)),
    "nobody": (5, [], ()),
}


@pytest.mark.parametrize(("capacity", "claims", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_the_figures_of_the_specification(capacity, claims, expected):
    shares = divvy(capacity, [Claim(weight=weight, low=low, high=high) for weight, low, high in claims])
    assert shares == pytest.approx(expected, abs=1e-6)


def test_a_claim_without_a_cap_takes_all():
    assert divvy(10.0, [Claim(), Claim(high=2.0)]) == pytest.approx((8.0, 2.0))


AMOUNTS = st.integers(0, 1000).map(lambda number: number / 10)
CLAIMS = st.lists(
    st.builds(
        lambda weight, low, more: Claim(weight=weight, low=low, high=low + more),
        st.integers(1, 50).map(float),
        AMOUNTS,
        AMOUNTS,
    ),
    min_size=1,
    max_size=12,
)


@given(AMOUNTS, CLAIMS)
def test_all_is_used_that_can_be_used(beyond_floors, claims):
    capacity = beyond_floors + sum(claim.low for claim in claims)
    shares = divvy(capacity, claims)
    assert sum(shares) == pytest.approx(min(capacity, sum(claim.high for claim in claims)))
    for share, claim in zip(shares, claims, strict=True):
        assert claim.low - 1e-9 <= share <= claim.high + 1e-9


@given(AMOUNTS, CLAIMS)
def test_those_between_floor_and_cap_get_the_same_for_their_weight(beyond_floors, claims):
    capacity = beyond_floors + sum(claim.low for claim in claims)
    levels = [
        share / claim.weight
        for share, claim in zip(divvy(capacity, claims), claims, strict=True)
        if claim.low + 1e-6 < share < claim.high - 1e-6
    ]
    assert all(level == pytest.approx(levels[0]) for level in levels)


@given(AMOUNTS, CLAIMS, st.data())
def test_more_weight_is_never_worse(capacity, claims, data):
    chosen = data.draw(st.integers(0, len(claims) - 1))
    heavier = list(claims)
    heavier[chosen] = Claim(weight=claims[chosen].weight * 2, low=claims[chosen].low, high=claims[chosen].high)
    assert divvy(capacity, heavier)[chosen] >= divvy(capacity, claims)[chosen] - 1e-9


@given(AMOUNTS, CLAIMS)
def test_equal_claims_get_the_same(capacity, claims):
    shares = divvy(capacity, [*claims, claims[0]])
    assert shares[0] == pytest.approx(shares[-1])

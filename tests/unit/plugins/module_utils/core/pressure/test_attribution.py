# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What moving a guest does to pressure: the worked examples of drs-model 2.7, and where they end."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.pressure.attribution import eased, joined, relieved, strained


def percent(fraction):
    return pytest.approx(fraction / 100, abs=5e-6)


def test_less_demand_eases_a_node():
    """Example 2.9 of drs-model."""
    assert eased(0.30, 1.2, 0.9) == percent(9.492)


def test_a_node_without_demand_waits_for_something_else():
    assert eased(0.30, 0.0, 0.0) == 0.30


def test_more_demand_strains_a_node():
    """Example 2.9 of drs-model."""
    assert strained(0.02, 0.4, 0.7) == percent(18.758)


@pytest.mark.parametrize(
    ("pressure", "before", "after", "expected"),
    [
        (0.02, 0.2, 0.7, 0.02),
        (0.00, 0.2, 0.85, 0.075),
        (0.00, 0.85, 0.85 * 1.1, 0.075 * 1.1**4),
        (0.50, 0.5, 1.5, 1.0),
    ],
    ids=["little used", "little used, much wanted", "waits already by the model", "at most always"],
)
def test_more_demand_never_means_less_pressure(pressure, before, after, expected):
    assert strained(pressure, before, after) == pytest.approx(expected)


def test_without_its_share_a_node_waits_less():
    """Example 2.10 of drs-model."""
    assert relieved(0.20, 0.6) == percent(8)
    assert relieved(0.20, 1.2) == 0.0


def test_with_a_guest_a_node_waits_when_either_waits():
    """Example 2.10 of drs-model."""
    assert joined(0.03, 0.15) == percent(17.55)
    assert joined(0.03, 1.5) == 1.0

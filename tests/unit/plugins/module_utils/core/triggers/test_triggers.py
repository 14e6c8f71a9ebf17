# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What makes uneven loads a reason to act, and in which words."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import TRIGGERS, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.builders import a_cluster

FOUR_FULL = dict(zip("abcde", (0.9, 0.9, 0.9, 0.9, 0.0), strict=True))
REASONS = {
    "balanciness": "memory differs by 90.0 points between a (90.0 %) and e (0.0 %), above the 10 allowed",
    "variation": "memory varies by 25.0 % over the nodes, above the 20 % allowed",
    "outliers": "memory is far from the median of all nodes: e 90.0 points below",
}


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_trigger_gives_its_reason(name):
    trigger = TRIGGERS[name]
    assert trigger.reason(FOUR_FULL, Policy(variation_max=0.2), "memory") == REASONS[name]
    assert trigger.describes
    assert trigger.reason(dict.fromkeys("abcde", 0.9), Policy(), "memory") is None
    assert trigger.reason({}, Policy(), "memory") is None


def test_four_full_nodes_do_not_vary_enough_for_proxmox():
    """[Ex 4.2]: 25 % is below its threshold of 30 %."""
    assert TRIGGERS["variation"].reason(FOUR_FULL, Policy(), "memory") is None


def test_an_outlier_within_the_balanciness_is_none():
    assert TRIGGERS["outliers"].reason(FOUR_FULL, Policy(balanciness=0.9), "memory") is None


def test_an_outlier_may_be_above():
    reason = TRIGGERS["outliers"].reason({"a": 0.5, "b": 0.5, "c": 0.5, "d": 1.0}, Policy(), "cpu")
    assert reason == "cpu is far from the median of all nodes: d 50.0 points above"


def test_an_unknown_trigger_is_an_error():
    with pytest.raises(BadPolicy, match=r"^trigger mood is unknown; known are balanciness, variation, outliers$"):
        make_problem(a_cluster({"a": "8c/100G"}), Policy(triggers=("mood",)))

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What makes uneven loads a reason to act, and in which words."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import TRIGGERS, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.score import ClusterScore, GuestScore
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import Sight
from ansible_collections.pve.drs.tests.builders import a_cluster

FOUR_FULL = dict(zip("abcde", (0.9, 0.9, 0.9, 0.9, 0.0), strict=True))
EVEN = dict.fromkeys("abcde", 0.9)
POLICY = Policy(variation_max=0.2, crs_threshold=0.2)
CONFIGURED = {"a": 0.6, "b": 0.2}
SERVED = ClusterScore(value=0.9, guests={101: GuestScore(cpu=0.9, memory=1.0, network=1.0)})
HUNGRY = ClusterScore(
    value=0.5, guests={vmid: GuestScore(cpu=(vmid - 100) / 20, memory=1.0, network=1.0) for vmid in range(101, 113)}
)
FIRED = {
    "balanciness": "memory differs by 90.0 points between a (90.0 %) and e (0.0 %), above the 10 allowed",
    "variation": "memory varies by 25.0 % over the nodes, above the 20 % allowed",
    "outliers": "memory is far from the median of all nodes: e 90.0 points below",
    "score": (
        "the score of the cluster is 50.0 %; guests are below 60 %: 101 at 5.0 %, 102 at 10.0 %, 103 at 15.0 %, "
        "104 at 20.0 %, 105 at 25.0 % and 6 more"
    ),
    "distribution": "nodes run more guests than their share: a by 3, b by 1",
    "proactive": "memory of a is at 90.0 %, above the 86.4 % that the mean of all nodes allows",
    "crs": "memory has an imbalance of 0.25 by Proxmox's own measure, above the 0.2 allowed",
}
QUIET = {
    "balanciness": "memory is at 90.0 % on every node",
    "variation": "memory varies by 0.0 % over the nodes, within the 20 % allowed",
    "outliers": "memory of no node is far from the median of all nodes, 0.0 points at most",
    "score": "the score of the cluster is 90.0 %, and no guest is below 60 %",
    "distribution": "no node runs more guests than its share",
    "proactive": "memory of a is at 90.0 %, within the 108.0 % that the mean of all nodes allows",
    "crs": "memory has an imbalance of 0.00 by Proxmox's own measure, within the 0.2 allowed",
}


def read(name, loads, policy=POLICY, score=SERVED):
    surplus = {"b": 1, "a": 3} if score is HUNGRY else {}
    sight = Sight(
        loads=loads,
        policy=policy,
        what="memory",
        score=lambda: score,
        surplus=lambda: surplus,
        gaps=dict,
        configured=lambda: CONFIGURED,
    )
    found = TRIGGERS[name].read(sight)
    return found.fires, found.text


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_trigger_gives_its_figures_either_way(name):
    assert read(name, FOUR_FULL, score=HUNGRY) == (True, FIRED[name])
    assert read(name, EVEN) == (False, QUIET[name])
    assert TRIGGERS[name].describes


@pytest.mark.parametrize("name", TRIGGERS)
def test_without_nodes_nothing_fires(name):
    fires, text = read(name, {})
    assert not fires
    assert text


def test_few_badly_served_guests_are_all_named():
    one = ClusterScore(value=0.8, guests={101: GuestScore(cpu=0.5, memory=1.0, network=1.0)})
    text = "the score of the cluster is 80.0 %; guests are below 60 %: 101 at 50.0 %"
    assert read("score", EVEN, score=one) == (True, text)


def test_four_full_nodes_do_not_vary_enough_for_proxmox():
    """[Ex 4.2]: 25 % is below its threshold of 30 %."""
    assert not read("variation", FOUR_FULL, Policy())[0]
    assert not read("crs", FOUR_FULL, Policy())[0]


def test_the_raw_number_of_proxmox_is_larger():
    assert read("crs", FOUR_FULL, Policy(crs_generation="raw"))[0]


def test_in_static_mode_proxmox_looks_at_what_guests_are_configured_with():
    policy = Policy(crs_mode="static")
    text = "what guests are configured with has an imbalance of 0.50 by Proxmox's own measure, above the 0.3 allowed"
    assert read("crs", EVEN, policy) == (True, text)


def test_an_outlier_within_the_balanciness_is_none():
    assert not read("outliers", FOUR_FULL, Policy(balanciness=0.9))[0]


def test_an_outlier_may_be_above():
    found = read("outliers", {"a": 0.5, "b": 0.5, "c": 0.5, "d": 1.0}, Policy())
    assert found == (True, "memory is far from the median of all nodes: d 50.0 points above")


def test_an_unknown_trigger_is_an_error():
    with pytest.raises(BadPolicy, match=r"^trigger mood is unknown; known are balanciness, variation, outliers"):
        make_problem(a_cluster({"a": "8c/100G"}), Policy(triggers=("mood",)))

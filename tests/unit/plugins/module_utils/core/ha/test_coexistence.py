# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What is left to Proxmox's own balancer."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.ha.coexistence import coexistence_notices, left_to_proxmox
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaResource
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import CONTENTION, IMPROVEMENT, MANDATORY, Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.ha_rules import ha_config

SPARED = (HaResource(sid="vm:101"), HaResource(sid="vm:102", auto_rebalance=False))
GUESTS = [
    a_guest(101, hastate="started"),
    a_guest(102, hastate="started"),
    a_guest(103),
    a_guest(104, hastate="ignored"),
]


def cluster(**facts):
    return a_cluster({"a": "8c/100G", "b": "8c/100G"}, GUESTS, ha=ha_config(resources=SPARED), **facts)


ALLOWED = {
    ("refuse", IMPROVEMENT): {103, 104},
    ("refuse", CONTENTION): {103, 104},
    ("refuse", MANDATORY): {101, 102, 103, 104},
    ("coexist", IMPROVEMENT): {102, 103, 104},
    ("coexist", MANDATORY): {101, 102, 103, 104},
}


@pytest.mark.parametrize(("choice", "purpose", "expected"), [(*key, vmids) for key, vmids in ALLOWED.items()])
def test_which_guests_we_move_beside_another_balancer(choice, purpose, expected):
    problem = make_problem(cluster(auto_rebalance=True), Policy(auto_rebalance=choice))
    placement = problem.placement()
    placement.purpose = purpose
    refused = {guest.vmid: problem.refusal(placement, Move(guest.vmid, "a", "b")) for guest in GUESTS}
    assert {vmid for vmid, refusal in refused.items() if not refusal} == expected
    assert {refusal.constraint for refusal in refused.values() if refusal} <= {"ha_manager"}


def test_alone_we_balance_all():
    reason = left_to_proxmox(cluster(), Policy())
    assert [reason(guest) for guest in GUESTS] == [None] * 4
    assert not list(coexistence_notices(cluster(), Policy()))


def test_an_unknown_choice_is_refused():
    with pytest.raises(BadPolicy, match="auto_rebalance fight is unknown; known are refuse, coexist"):
        left_to_proxmox(cluster(), Policy(auto_rebalance="fight"))

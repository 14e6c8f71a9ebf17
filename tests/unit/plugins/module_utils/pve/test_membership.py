# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What /cluster/status tells of the cluster and of who leads it."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.pve.membership import (
    answering_node,
    cluster_address,
    cluster_name,
    leader_of,
)


def a_member(name, number, *, online=1, local=0):
    return {"type": "node", "name": name, "nodeid": number, "online": online, "local": local}


LAB = ({"type": "cluster", "name": "lab"}, a_member("b", 2, local=1), a_member("a", 10), a_member("c", 1, online=0))


def test_the_leader_is_the_online_node_with_the_lowest_id():
    assert leader_of(LAB) == "b"
    assert leader_of((a_member("a", "10"), a_member("z", "9"))) == "z"


def test_the_node_that_answers_says_so_itself():
    assert answering_node(LAB) == "b"


def test_a_single_node_leads_itself():
    alone = (a_member("pve", 0, local=1),)
    assert leader_of(alone) == answering_node(alone) == cluster_name(alone) == "pve"


def test_clusters_of_one_name_are_told_apart_by_their_first_node():
    there = (LAB[0], *({**member, "ip": f"10.0.0.{member['nodeid']}"} for member in LAB[1:]))
    assert cluster_address(there, 8006) == "lab 10.0.0.1 8006"
    assert cluster_address(LAB, 8006) == "lab c 8006"
    assert cluster_address((), 1) == "cluster None 1"


def test_a_cluster_has_a_name():
    assert cluster_name(LAB) == "lab"
    assert cluster_name(()) == "cluster"


@pytest.mark.parametrize(
    ("tell", "says"), [(leader_of, "no node that is online"), (answering_node, "which node has answered")]
)
def test_what_is_not_told_is_an_error(tell, says):
    with pytest.raises(ApiError, match=says):
        tell((a_member("a", 1, online=0),))

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a plan says of each move."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan, mode_of
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest, moved

CLUSTER = a_cluster(
    {"a": "16c/100G", "b": "16c/100G"}, [a_guest(101, demand="0c/20G", name="web"), "102 a 0c/20G", "103 a 0c/20G"]
)


@pytest.mark.parametrize(
    ("facts", "mode"),
    [
        ({}, "live"),
        ({"status": "stopped"}, "offline"),
        ({"type": "lxc"}, "restart"),
        ({"type": "lxc", "status": "stopped"}, "offline"),
    ],
    ids=["machine", "stopped machine", "container", "stopped container"],
)
def test_how_a_guest_moves(facts, mode):
    assert mode_of(a_guest(**facts)) == mode


def test_a_move_says_who_moves_why_and_what_it_gains():
    [planned] = make_plan(CLUSTER, Policy()).moves
    assert (planned.guest_name, planned.guest_type, planned.category) == ("web", "qemu", "improvement")
    assert planned.reason == "evens out memory in use: a 60.0 % -> 40.0 %, b 0.0 % -> 20.0 %"
    assert planned.gain == pytest.approx(1.0 - 1 / 3, abs=1e-4)


@pytest.mark.parametrize(("at_once", "factor"), [(1, 1), (2, 2)], ids=["alone", "two streams"])
def test_moves_of_one_step_share_the_link(at_once, factor):
    cluster = a_cluster({"a": "16c/100G", "b": "16c/100G"}, [f"{vmid} a 0c/15G" for vmid in range(101, 105)])
    first = make_plan(cluster, Policy(limits=Limits(max_parallel=at_once))).moves[0]
    assert first.cost.seconds == pytest.approx(factor * 15 * 2**30 / (0.6 * 1.25e9))


def test_a_move_gains_what_it_promises_where_guests_report_more_than_their_node():
    """Node b shows 2 GiB, its guest 4: with the guest gone, b must not look emptier to one question than to another."""
    nodes = {
        "a": {"capacity": "4c/400G", "usage": "0c/6G"},
        "b": {"capacity": "8c/800G", "usage": "0c/2G"},
        "c": "4c/400G",
    }
    cluster = a_cluster(nodes, ["101 b 0c/4G", "102 a 0c/6G"])
    policy = Policy(balanciness=0.0)
    first = make_plan(cluster, policy)
    second = make_plan(moved(cluster, first), policy)
    assert second.after.imbalance["variation"] <= second.before.imbalance["variation"]
    assert make_plan(moved(moved(cluster, first), second), policy).moves == ()


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (Policy(method="luck"), "method luck is unknown; known are memory, cpu"),
        (Policy(planners=("repair", "guess")), "planner guess is unknown; known are repair"),
    ],
    ids=["method", "planner"],
)
def test_unknown_names_are_refused(policy, message):
    with pytest.raises(BadPolicy, match=message):
        make_plan(Cluster(), policy)

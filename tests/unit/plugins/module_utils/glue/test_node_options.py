# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options that name nodes."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.node_options import LISTS, node_lists, require_nodes

THREE = ("pve1", "pve2", "pve3")


def a_policy(**lists):
    return Policy(**node_lists(dict.fromkeys(LISTS, ()) | lists))


def complaint(policy, names=THREE):
    nodes = tuple(Node(name=name, capacity=None, usage=None) for name in names)
    with pytest.raises(BadPolicy) as raised:
        require_nodes(policy, Cluster(name="c", nodes=nodes))
    return str(raised.value)


def test_without_any_all_nodes_take_part():
    assert a_policy() == Policy()
    require_nodes(Policy(), Cluster())


@pytest.mark.parametrize("option", LISTS)
def test_a_node_that_is_named_must_exist(option):
    found = complaint(a_policy(**{option: ["pve2", "pev3"]}), ("pve1", "pve2"))
    assert found == f"{option} names pev3, but cluster c has only pve1, pve2"


@pytest.mark.parametrize("option", [option for option in LISTS if option != "enabled_nodes"])
def test_some_node_has_to_be_left(option):
    found = complaint(a_policy(**{option: THREE}))
    assert found == f"{option} names every node of cluster c: no guest could move anywhere"
    require_nodes(
        a_policy(**{option: THREE[1:]}), Cluster(nodes=tuple(Node(name=n, capacity=None, usage=None) for n in THREE))
    )


def test_lists_may_leave_no_node_together():
    policy = a_policy(enabled_nodes=["pve1", "pve2"], excluded_nodes=["pve1"], maintenance_nodes=["pve2"])
    assert complaint(policy) == (
        "excluded_nodes and maintenance_nodes together name every node that is enabled of cluster c: "
        "no guest could move anywhere"
    )


@pytest.mark.parametrize(
    ("lists", "culprit"),
    [
        ({"disabled_nodes": ["pve1"]}, "disabled_nodes"),
        ({"enabled_nodes": ["pve2"]}, "enabled_nodes"),
    ],
)
def test_no_node_is_emptied_and_left_alone_at_once(lists, culprit):
    with pytest.raises(
        BadPolicy, match=f"^maintenance_nodes wants pve1 to be emptied, but {culprit} says that no guest"
    ):
        a_policy(maintenance_nodes=["pve1"], **lists)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The one move that Proxmox's own balancer would make: drs-model 6.12."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaConfig, HaResource, ResourceAffinity
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

NODES = dict.fromkeys(("n1", "n2", "n3"), "24c/32G")
CRS = replace(named_policy(POLICIES, "crs"), hold=1)
PLUS = replace(named_policy(POLICIES, "crs_plus"), hold=1)


def an_ha_guest(vmid: int, node: str = "n1", demand: str = "1c/4G", **facts: object) -> Guest:
    return a_guest(vmid, node, demand, **{"hastate": "started", **facts})


def under_ha(guests: list[Guest], *rules: ResourceAffinity) -> Cluster:
    resources = tuple(HaResource(sid=guest.sid) for guest in guests if guest.is_ha)
    return replace(a_cluster(NODES, guests), ha=HaConfig(resources=resources, resource_affinities=rules))


def moves_of(cluster: Cluster, policy: Policy = CRS) -> list[str]:
    return [str(planned.move) for planned in make_plan(cluster, policy).moves]


FOUR = [an_ha_guest(vmid) for vmid in (101, 102, 103, 104)]


@pytest.mark.parametrize("method", ["bruteforce", "topsis"])
@pytest.mark.parametrize("generation", ["raw", "normalised"])
def test_one_move_after_the_other(method: str, generation: str) -> None:
    """[Ex 6.8]."""
    policy = replace(CRS, crs_method=method, crs_generation=generation)
    assert moves_of(under_ha(FOUR), policy) == ["101 n1->n2"]
    then = [an_ha_guest(101, "n2"), *FOUR[1:]]
    assert moves_of(under_ha(then), policy) == ["102 n1->n3"]
    finally_ = [an_ha_guest(101, "n2"), an_ha_guest(102, "n3"), *FOUR[2:]]
    assert moves_of(under_ha(finally_), policy) == []


def test_static_mode_goes_by_sizes() -> None:
    """Idle guests are as good as busy ones."""
    idle = [an_ha_guest(vmid, demand="0c/0G", size="1c/4G") for vmid in (101, 102, 103, 104)]
    policy = replace(CRS, crs_mode="static", method="weighted", triggers=("crs",))
    assert moves_of(under_ha(idle), policy) == ["101 n1->n2"]


def test_bundles_move_as_a_whole() -> None:
    """Under the lowest id, and with their partners."""
    pair = ResourceAffinity(name="pair", sids=frozenset({"vm:101", "vm:102"}), is_positive=True)
    assert moves_of(under_ha(FOUR, pair)) == ["101 n1->n2", "102 n1->n2"]


def test_a_bundle_of_more_guests_than_may_be_moved_stays() -> None:
    """Moves count, as for everybody else."""
    pair = ResourceAffinity(name="pair", sids=frozenset({"vm:101", "vm:102"}), is_positive=True)
    assert moves_of(under_ha(FOUR, pair), replace(CRS, limits=Limits(max_moves=1))) == ["103 n1->n2"]
    assert moves_of(under_ha(FOUR), replace(CRS, limits=Limits(max_moves=0))) == []


@pytest.mark.parametrize("method", ["bruteforce", "topsis"])
def test_a_node_that_is_not_online_takes_no_part(method: str) -> None:
    """Its guests are the HA manager's to recover."""
    known = under_ha([*FOUR, an_ha_guest(90, "n3")])
    nodes = tuple(replace(node, status="offline") if node.name == "n3" else node for node in known.nodes)
    assert moves_of(replace(known, nodes=nodes), replace(CRS, crs_method=method)) == ["101 n1->n2"]


def test_guests_that_ha_does_not_manage_stay() -> None:
    """But not with crs_plus, which leaves containers where they are."""
    others = [a_guest(vmid, "n1", "1c/4G") for vmid in (101, 102, 103)] + [a_guest(90, "n1", "1c/4G", type="lxc")]
    assert moves_of(under_ha(others)) == []
    assert moves_of(under_ha(others), PLUS) == ["101 n1->n2"]
    assert moves_of(under_ha(others), replace(PLUS, benefit_ratio=1e9)) == []


def test_our_limits_hold() -> None:
    """Proxmox would send it to a node that has no room for it."""
    big = [
        an_ha_guest(101, demand="1c/20G"),
        an_ha_guest(102, demand="1c/4G"),
        a_guest(900, "n2", "1c/14G"),
        a_guest(901, "n3", "1c/14G"),
    ]
    assert moves_of(under_ha(big)) == []


def test_nothing_while_ha_moves_something() -> None:
    """Proxmox does not even look."""
    assert moves_of(under_ha([*FOUR, an_ha_guest(105, "n2", hastate="migrate")])) == []


def test_the_plan_says_what_it_gains() -> None:
    """In Proxmox's own number."""
    (planned,) = make_plan(under_ha(FOUR), CRS).moves
    assert planned.reason == "lowers Proxmox's imbalance from 1.00 to 0.66"

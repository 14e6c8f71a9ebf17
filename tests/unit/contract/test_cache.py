# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Memory that ZFS holds as its cache."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.adjust import adjusted
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

CACHE = {"nodes": {"a": {"arc": "8G"}, "b": {}, "c": {}}, "cluster": {"history": "2h"}}

EVEN = {"guests": [{"vmid": 101, "node": "a"}, {"vmid": 201, "node": "b"}, {"vmid": 301, "node": "c"}]}


def plan_of(scenario, policy):
    with scene(scenario, policy) as found:
        return found.decide()


def loads_of(scenario, policy):
    return {load.node: load.load for load in plan_of(scenario, policy).before.loads}


def test_the_cache_of_zfs_is_memory_in_use():
    with_cache, without = loads_of(uneven(**CACHE), Policy()), loads_of(uneven(), Policy())
    assert with_cache["a"] - without["a"] == 8 / 64
    assert (with_cache["b"], with_cache["c"]) == (without["b"], without["c"])


def test_with_reclaim_arc_only_what_zfs_keeps_is_in_use():
    """That is 2 of 64 GiB."""
    with_cache, without = loads_of(uneven(**CACHE), Policy(reclaim_arc=True)), loads_of(uneven(), Policy())
    assert with_cache["a"] - without["a"] == 2 / 64
    assert (with_cache["b"], with_cache["c"]) == (without["b"], without["c"])


def test_merged_pages_arrive_unmerged():
    merging = {"nodes": {"a": {"ksm": "4G"}, "b": {}, "c": {}}, "cluster": {"history": "2h"}}
    with scene(uneven(**merging), Policy(count_merged=True)) as found:
        cluster = found.collect()
    needed = [guest.surge.memory for guest in adjusted(cluster, Policy(count_merged=True)).guests if guest.node == "a"]
    assert sum(needed) == pytest.approx(4 * 2**30)


def test_a_cache_alone_is_a_reason_to_act_only_where_it_counts_as_used():
    scenario = uneven(**CACHE, **EVEN)
    assert [trigger.name for trigger in plan_of(scenario, Policy()).before.triggers] == ["balanciness"]
    assert plan_of(scenario, Policy(reclaim_arc=True)).before.triggers == ()
    assert plan_of(scenario, Policy(reclaim_arc=True)).moves == ()


def test_before_pve_9_nobody_knows_the_cache_and_it_counts_as_used():
    scenario = uneven(nodes=CACHE["nodes"], cluster=CACHE["cluster"] | {"profile": "8.4"})
    assert loads_of(scenario, Policy(reclaim_arc=True)) == loads_of(scenario, Policy())

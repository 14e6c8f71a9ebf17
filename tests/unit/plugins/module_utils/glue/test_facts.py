# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The subsets of the facts: what each holds, what each needs to be collected."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from ansible_collections.pve.drs.plugins.module_utils.core import overload
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import ESTIMATORS
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import Balloon, NodeDetails
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import NOTHING_MORE
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import series_of
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.facts import ALL, LISTED, SUBSETS, facts_needs, facts_of
from ansible_collections.pve.drs.plugins.module_utils.glue.prometheus import FAMILIES, prometheus_text
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest, a_node
from ansible_collections.pve.drs.tests.strategies import clusters

CLUSTER = a_cluster({"a": "8c/100G", "b": "8c/100G"}, [a_guest(101, name="web", demand="8c/50G")], name="lab")
LOAD_KEYS = {"method", "load", "not_measured", "imbalance", "triggers", "quiet_triggers", "violations", "network"}
RULE_KEYS = {"rules", "disabled_rules"}


@pytest.mark.parametrize("name", SUBSETS)
def test_a_subset_is_returned_alone(name):
    expected = {"load": LOAD_KEYS, "rules": RULE_KEYS}.get(name, {name})
    assert facts_of(CLUSTER, Policy(), [name]).keys() == {"cluster", "warnings", *expected}


def test_all_are_all():
    assert facts_of(CLUSTER, Policy(), [ALL]).keys() == {"cluster", "warnings", *SUBSETS, *LOAD_KEYS, *RULE_KEYS}


def test_only_details_overload_health_and_history_need_more_than_the_listings():
    assert facts_needs(Policy(), LISTED) == NOTHING_MORE
    assert set(SUBSETS) - set(LISTED) == {"details", "overload", "health", "history"}
    assert facts_needs(Policy(), ["overload"]) == overload.NEEDS
    assert facts_needs(Policy(), [ALL]) == facts_needs(Policy(), list(SUBSETS)) != NOTHING_MORE
    assert facts_needs(Policy(estimator="mean"), ["nodes"]).node_history


def test_every_subset_can_be_chosen():
    assert arguments.gathering()["gather"]["choices"] == [ALL, *SUBSETS]
    assert arguments.gathering()["gather"]["default"] == list(LISTED)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_methods_with_an_estimator_of_their_own_do_not_mind_another(estimator):
    assert "cpu" in facts_of(CLUSTER, Policy(estimator=estimator), ["load"])["load"]


def test_load_is_told_by_every_method_whose_figures_are_there():
    found = facts_of(CLUSTER, Policy(method="cpu"), ["load"])
    assert found["load"]["memory"] == {"a": 50.0, "b": 0.0}
    assert found["load"]["cpu"] == {"a": 100.0, "b": 0.0}
    assert found["load"]["memory_assigned"] == {"a": 50.0, "b": 0.0}
    assert "memory_rrd" not in found["load"]
    assert (found["method"], found["not_measured"]) == ("cpu", {})


def test_without_the_figures_of_the_chosen_method_there_are_no_loads():
    blind = Cluster(nodes=(a_node("a", usage=None),))
    with pytest.raises(NoMeasurement, match="no usage figures from node a"):
        facts_of(blind, Policy(), ["load"])
    assert facts_of(blind, Policy(), ["nodes"])["nodes"]["a"]["used_cores"] is None


def test_the_score_of_a_busy_guest():
    found = facts_of(CLUSTER, Policy(), ["score"])["score"]
    assert found["guests"] == {
        "101": {"percent": 70.0, "cpu_percent": 70.0, "memory_percent": 100.0, "network_percent": 100.0}
    }
    assert (found["percent"], [bucket["guests"] for bucket in found["buckets"]]) == (70.0, [0, 0, 0, 1, 0])


def test_details_are_what_was_reported():
    known = NodeDetails(ksm_bytes=3.0, swap_used_bytes=4.0, swap_total_bytes=5.0, sockets=2, cores=16, mhz=2900.0)
    pressure = {"io_some": series_of([(0.0, 9.0), (60.0, 1.256)])}
    guest = a_guest(101, balloon=Balloon(bytes=2 * GIB, least_bytes=GIB), pressure={"cpu_some": 7.0})
    cluster = Cluster(
        nodes=(a_node("a", details=known), a_node("b")),
        guests=(guest, a_guest(102), a_guest(103, status="stopped")),
        history=History(nodes={"a": ObjectHistory(pressure=pressure)}),
    )
    found = facts_of(cluster, Policy(), ["details"])["details"]
    assert found["nodes"]["a"] == {
        "cores": 16, "sockets": 2, "mhz": 2900.0, "merged_bytes": 3.0, "swap_used_bytes": 4.0, "swap_total_bytes": 5.0,
        "zfs_cache_bytes": None, "pressure_percent": {"io_some": 1.26},
    }  # fmt: skip
    assert found["nodes"]["b"] == {**dict.fromkeys(found["nodes"]["a"]), "pressure_percent": {}}
    assert found["guests"] == {
        "101": {"balloon_bytes": 2 * GIB, "balloon_least_bytes": GIB, "pressure_percent": {"cpu_some": 7.0}},
        "102": {"balloon_bytes": None, "balloon_least_bytes": None, "pressure_percent": {}},
    }


@given(clusters())
def test_facts_of_any_cluster_are_plain_json_and_metrics(cluster):
    facts = facts_of(cluster, Policy(), [ALL])
    json.dumps(facts, allow_nan=False)
    assert prometheus_text(facts).count("# TYPE") == len(FAMILIES)


NOW = 1_800_000_000.0


def test_the_network_is_told_where_its_speed_is_known():
    samples = series_of((NOW - 60.0 * back, 5e7) for back in range(5))
    busy = replace(CLUSTER, history=History(now=NOW, nodes={"a": ObjectHistory(network=samples)}))
    assert facts_of(busy, Policy(), ["load"])["network"] == {}
    facts = facts_of(busy, Policy(node_link_bytes=1.25e8), [ALL])
    assert facts["network"] == {
        "a": {"used_bytes_per_second": 50_000_000, "link_bytes_per_second": 125_000_000, "used_percent": 40.0}
    }
    assert 'pve_drs_node_network_ratio{cluster="lab",node="a"} 0.4' in prometheus_text(facts)


def test_overload_is_told_in_percent():
    found = facts_of(CLUSTER, Policy(cpu_max=0.8), ["overload"])["overload"]
    assert found["a"]["cpu"] == {
        "load_percent": 100.0,
        "limit_percent": 80.0,
        "threshold_percent": 80.0,
        "samples_above_limit": 0,
        "foreseen_percent": None,
        "signs": ["limit", "variation"],
    }
    assert found["b"]["memory"]["limit_percent"] == 88.2

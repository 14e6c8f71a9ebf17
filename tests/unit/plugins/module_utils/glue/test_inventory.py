# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Facts -> hosts: names, groups, variables."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.facts import LISTED, facts_of
from ansible_collections.pve.drs.plugins.module_utils.glue.inventory import guest_hosts, node_hosts, shared_variables
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_members import rule_members
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_options import rules_from
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.ha_rules import ha_config, negative, on_nodes, positive

RULES = rules_from(
    [
        {"name": "stay", "type": "pin", "guests": {"name": "stays"}},
        {"name": "off", "type": "pin", "guests": {"name": "stays"}, "enabled": False},
    ]
)


def facts(*guests, **more):
    cluster = a_cluster({"a": "8c/100G", "b": "8c/100G"}, guests, name="lab", **more)
    return facts_of(cluster, Policy(), LISTED) | {"rule_members": rule_members(cluster, RULES)}


def names(*guests):
    return [host.name for host in guest_hosts(facts(*guests))]


def test_a_guest_is_called_by_its_name():
    assert names(a_guest(101, name="web"), a_guest(102, name="db")) == ["web", "db"]


@pytest.mark.parametrize(
    ("guests", "expected"),
    [
        ((a_guest(101, name="web"), a_guest(102, name="web")), ["web-101", "web-102"]),
        ((a_guest(101, name="a"),), ["a-101"]),
        ((a_guest(101), a_guest(102, type="lxc")), ["qemu-101", "lxc-102"]),
        (
            (a_guest(101, name="web"), a_guest(102, name="web"), a_guest(103, name="web-101")),
            ["web-101-101", "web-102", "web-101"],
        ),
    ],
    ids=["two of one name", "named like a node", "without names", "named like what another one would be called"],
)
def test_every_host_has_a_name_of_its_own(guests, expected):
    assert names(*guests) == expected


def test_a_template_is_no_host():
    assert names(a_guest(101, name="web"), a_guest(900, name="image", is_template=True)) == ["web"]


def test_groups_say_node_type_pool_and_tags():
    [host] = guest_hosts(facts(a_guest(101, node="b", type="lxc", pool="shop", tags=("web", "eu"))))
    assert host.groups == ("guests", "lxc", "node_b", "pool_shop", "tag_eu", "tag_web")
    [bare] = guest_hosts(facts(a_guest(101)))
    assert bare.groups == ("guests", "qemu", "node_a")


def test_groups_say_who_is_in_which_rule():
    bound = ha_config(positive("t", 101, 102), negative("s", 102, 103))
    hosts = guest_hosts(facts(a_guest(101, name="stays"), a_guest(102), a_guest(103), a_guest(104), ha=bound))
    ruled = [[group for group in host.groups if "rule" in group] for host in hosts]
    assert ruled == [["rule_stay", "ha_rule_t"], ["ha_rule_t", "ha_rule_s"], ["ha_rule_s"], []]


def test_variables_of_a_guest():
    bound = ha_config(on_nodes("home", "a", 101), on_nodes("off", "a", 102))
    [host] = guest_hosts(facts(a_guest(101, name="web", demand="1c/10G"), ha=bound))
    assert host.variables["drs_vmid"] == 101
    assert host.variables["drs_ha_rule"] == "HA rule home"
    assert (host.variables["drs_node"], host.variables["drs_cluster_name"]) == ("a", "lab")
    assert host.variables["drs_demand_cores"] == 1.0
    assert host.variables["drs_score_percent"] == 100.0


def test_a_guest_that_does_not_run_has_no_score():
    [host] = guest_hosts(facts(a_guest(101, status="stopped")))
    assert host.variables["drs_score_percent"] is None


def test_variables_of_a_node():
    full, empty = node_hosts(facts(a_guest(101, demand="2c/50G")))
    assert (full.name, full.groups) == ("a", ("nodes",))
    assert full.variables["drs_load_percent"]["memory"] == 50.0
    assert full.variables["drs_load_percent"]["cpu"] == 25.0
    assert empty.variables["drs_load_percent"]["memory"] == 0.0


def test_a_node_that_is_down_has_no_load():
    down = a_cluster({"a": "8c/100G", "b": {"status": "offline"}}, [])
    *_unused, node = node_hosts(facts_of(down, Policy(), LISTED))
    assert node.variables["drs_load_percent"] == {}
    assert node.variables["drs_used_memory_bytes"] is None


def test_variables_of_the_cluster():
    shared = shared_variables(facts(a_guest(101, demand="1c/50G")))
    assert shared["drs_cluster"]["name"] == "lab"
    assert shared["drs_imbalance"]["memory"]["delta_percent"] == 50.0
    assert shared["drs_score"].keys() == {"percent", "buckets", "unknown"}
    assert [trigger["name"] for trigger in shared["drs_triggers"]] == ["balanciness"]

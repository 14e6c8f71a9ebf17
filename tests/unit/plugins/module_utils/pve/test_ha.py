# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the HA manager's answers mean."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Migration
from ansible_collections.pve.drs.plugins.module_utils.pve import ha

RULES = [
    {"rule": "b", "type": "resource-affinity", "resources": "vm:1,ct:2", "affinity": "negative"},
    {"rule": "a", "type": "node-affinity", "resources": "vm:1", "nodes": "x"},
    {"rule": "off", "resources": "vm:3", "disable": 1},
    {"rule": "broken", "resources": "vm:4", "errors": {"resources": ["..."]}},
]
MANAGER = {
    "manager_status": {
        "timestamp": 17,
        "node_status": {"x": "online", "y": "online", "z": "fence"},
        "node_request": {"y": {"maintenance": 1}, "x": {"maintenance": 0}},
        "service_status": {
            "vm:1": {"state": "migrate", "node": "x", "target": "y"},
            "ct:2": {"state": "started", "node": "x"},
        },
    }
}


def test_only_rules_in_force_count_and_the_first_by_name_is_told():
    assert ha.rules_by_guest(RULES) == {1: "HA rule a", 2: "HA rule b"}


def test_only_groups_that_exist_count():
    resources = [{"sid": "vm:1", "group": "g"}, {"sid": "ct:2"}, {"sid": "vm:3", "group": "gone"}]
    assert ha.groups_by_guest(resources, [{"group": "g", "nodes": "x"}]) == {1: "HA group g"}


def test_maintenance_that_was_asked_for_counts_as_maintenance():
    assert ha.node_states(MANAGER) == {"x": "online", "y": "maintenance", "z": "fence"}


def test_guests_on_the_way():
    assert tuple(ha.moving(MANAGER)) == (Migration(vmid=1, source="x", target="y"),)
    assert ha.service(MANAGER, "ct:2") == {"state": "started", "node": "x"}


@pytest.mark.parametrize("manager", [{}, {"manager_status": {}}, {"manager_status": []}], ids=["none", "empty", "list"])
def test_a_manager_that_never_ran_says_nothing(manager):
    assert (ha.node_states(manager), tuple(ha.moving(manager)), ha.service(manager, "vm:1")) == ({}, (), {})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, False),
        ({"crs": "ha=dynamic,ha-auto-rebalance=1"}, True),
        ({"crs": {"ha": "dynamic", "ha-auto-rebalance": 1}}, True),
        ({"crs": {"ha": "dynamic"}}, False),
    ],
)
def test_the_balancer_of_proxmox(options, expected):
    assert ha.auto_rebalance(options) is expected


@pytest.mark.parametrize(("sid", "expected"), [("vm:100", 100), ("ct:7", 7), ("9", 9), ("vm:x", None)])
def test_resource_names(sid, expected):
    assert ha.vmid_of(sid) == expected

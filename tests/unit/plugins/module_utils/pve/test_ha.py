# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the HA manager's answers mean."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import CrsOptions, HaConfig
from ansible_collections.pve.drs.plugins.module_utils.pve import ha
from ansible_collections.pve.drs.tests.builders import a_guest

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


@pytest.mark.parametrize(("mode", "expected"), [("armed", ["started", None]), ("ignore", ["ignored", None])])
def test_guests_are_like_any_others_while_ha_is_disarmed_to_ignore_them(mode, expected):
    guests = (a_guest(101, hastate="started"), a_guest(102))
    assert [guest.hastate for guest in ha.as_seen(guests, HaConfig(mode=mode))] == expected


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
        ({"crs": {"ha": "static", "ha-auto-rebalance": 1}}, True),
        ({"crs": {"ha": "basic", "ha-auto-rebalance": 1}}, False),
        ({"crs": {"ha-auto-rebalance": 1}}, False),
    ],
)
def test_the_balancer_of_proxmox(options, expected):
    assert ha.auto_rebalance(options) is expected


@pytest.mark.parametrize(
    ("crs", "expected"),
    [
        (None, CrsOptions()),
        ("ha=static", CrsOptions(mode="static")),
        (
            "ha=dynamic,ha-auto-rebalance=1,ha-auto-rebalance-threshold=0.7,ha-auto-rebalance-hold-duration=5",
            CrsOptions(mode="dynamic", threshold=0.7, hold_rounds=5),
        ),
        (
            {"ha": "dynamic", "ha-auto-rebalance-margin": "12", "ha-auto-rebalance-method": "topsis"},
            CrsOptions(mode="dynamic", margin=12.0, method="topsis"),
        ),
        ({"ha": "dynamic", "ha-auto-rebalance-margin": "much"}, CrsOptions(mode="dynamic")),
    ],
    ids=["nothing", "old text", "text", "object", "no number"],
)
def test_how_the_balancer_of_proxmox_is_set(crs, expected):
    assert ha.crs_options({"crs": crs}) == expected


@pytest.mark.parametrize(("sid", "expected"), [("vm:100", 100), ("ct:7", 7), ("9", 9), ("vm:x", None)])
def test_resource_names(sid, expected):
    assert ha.vmid_of(sid) == expected

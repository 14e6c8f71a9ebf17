# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Answers of /cluster/ha become the HA configuration."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    HaConfig,
    HaGroup,
    HaResource,
    NodeAffinity,
    ResourceAffinity,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.ha_config import ha_config

RESOURCES = [
    {"sid": "vm:2", "type": "vm", "state": "ignored", "failback": 0, "auto-rebalance": 0, "comment": "why"},
    {"sid": "ct:1", "type": "ct", "group": "left"},
]
RULES = [
    {"rule": "c", "type": "resource-affinity", "resources": "vm:2,ct:1", "affinity": "positive", "order": 3},
    {"rule": "b", "type": "node-affinity", "resources": "vm:2", "nodes": "a:2,b", "strict": 1, "order": 2},
    {"rule": "a", "type": "resource-affinity", "resources": "vm:2", "affinity": "negative", "disable": 1, "order": 1},
    {"rule": "new", "type": "something-else", "resources": "vm:2"},
]
GROUPS = [{"group": "left", "nodes": "a,b:1", "restricted": 1, "nofailback": 1, "type": "group"}, {"group": "any"}]


def test_everything_is_read():
    assert ha_config(RESOURCES, RULES, GROUPS, {}) == HaConfig(
        resources=(
            HaResource(sid="ct:1", group="left"),
            HaResource(sid="vm:2", state="ignored", fails_back=False, auto_rebalance=False, comment="why"),
        ),
        node_affinities=(NodeAffinity(name="b", sids=frozenset({"vm:2"}), nodes={"a": 2, "b": 0}, is_strict=True),),
        resource_affinities=(
            ResourceAffinity(name="a", sids=frozenset({"vm:2"}), is_positive=False, is_disabled=True),
            ResourceAffinity(name="c", sids=frozenset({"vm:2", "ct:1"}), is_positive=True),
        ),
        groups=(
            HaGroup(name="any", nodes={}),
            HaGroup(name="left", nodes={"a": 0, "b": 1}, is_restricted=True, fails_back=False),
        ),
    )


@pytest.mark.parametrize(
    ("disarm", "expected"),
    [
        (None, "armed"),
        ({}, "armed"),
        ({"mode": "freeze", "state": "disarmed"}, "freeze"),
        ({"mode": "ignore", "state": "disarming"}, "freeze"),
        ({"mode": "ignore", "state": "disarmed"}, "ignore"),
    ],
)
def test_what_disarming_makes_of_guests(disarm, expected):
    assert ha_config([], [], [], {"manager_status": {"disarm": disarm}}).mode == expected


def test_a_manager_that_never_ran_is_armed():
    assert ha_config([], [], [], {"manager_status": []}) == HaConfig()

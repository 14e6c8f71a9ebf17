# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that the HA manager would take back at once while their node is being emptied."""

import json

import pytest

from ansible_collections.pve.drs.tests.unit.plugins.modules.rolling.conftest import due, moves, places
from simulator.world.events import act


def prefers_pve1(cluster):
    """The HA manager would take guest 101 back at once, as long as its node is not in maintenance."""
    cluster.call(
        lambda: act(cluster.world, "add_ha_preference", {"name": "home", "resources": [101], "nodes": ["pve1"]})
    )
    cluster.advance(30)


@pytest.mark.long
def test_guests_that_the_ha_manager_would_take_back_leave_with_maintenance_and_come_home(cluster, folder, roll):
    due(folder, "reboot", "pve1")
    prefers_pve1(cluster)
    before = places(cluster)
    done = roll(drs_rolling_nodes=["pve1"], drs_ha_mode="explicit")
    assert done.returncode == 0, done.stdout
    assert '"pve1": "rebooted"' in done.stdout
    assert ("pve1", 101) not in moves(cluster)
    assert (folder / "pve1.boot").read_text(encoding="utf-8") != "first boot of pve1"
    cluster.advance(60)
    assert places(cluster) == before


@pytest.mark.long
def test_the_evacuation_of_such_guests_ends_with_an_empty_node(cluster, folder, ansible_playbook):
    prefers_pve1(cluster)
    wanted = json.dumps({"drs_nodes": ["pve1"], "drs_ha_mode": "explicit", "drs_maintenance_delay": 1})
    given = ("-i", folder / "nodes.json", "-e", f"@{folder}/variables.json", "-e", wanted)
    done = ansible_playbook("pve.drs.evacuate", *given)
    assert done.returncode == 0, done.stdout
    assert "pve1" not in places(cluster).values()
    back = ansible_playbook(
        "pve.drs.evacuate", *given, "-e", json.dumps({"drs_state": "returned", "drs_ready_uptime": 0})
    )
    assert back.returncode == 0, back.stdout
    cluster.advance(60)
    assert places(cluster)[101] == "pve1"

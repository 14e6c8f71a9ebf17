# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Playbook pve.drs.rules as users call it, on a cluster with HA rules and on one with HA groups."""

import json
import re

import pytest
import yaml

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from simulator.scenario import load_world
from simulator.server import Settings, running

TOKEN = "drs@pve!demo"
SCENARIOS = {"PVE 9": "rules", "PVE 8": "rules-pve8"}
# guests that HA manages and that no rule of the scenario names; one that HA does not manage
MANAGED = {"PVE 9": [101, 102], "PVE 8": [131, 132]}
LOOSE = 201


@pytest.fixture(params=["PVE 9", pytest.param("PVE 8", marks=pytest.mark.long)])
def cluster(request, ansible_playbook, tmp_path):
    """Run the playbook on a cluster; returns the number of changed tasks and what was printed."""
    settings = Settings(port=0, speed=0.0, login_delay_seconds=0.0)
    with running(load_world(SCENARIOS[request.param]), settings) as simulator:
        node = simulator.connection["nodes"]["pve1"]
        environment = {
            "PROXMOX_HOST": node["host"],
            "PROXMOX_PORT": str(node["port"]),
            "PROXMOX_TOKEN_ID": TOKEN,
            "PROXMOX_TOKEN_SECRET": simulator.connection["tokens"][TOKEN],
        }

        def play(rules, *arguments, **variables):
            file = tmp_path / "vars.json"
            given = {"drs_rules": rules, "drs_ca_path": simulator.connection["ca_path"], **variables}
            file.write_text(json.dumps(given), encoding="utf-8")
            done = ansible_playbook("pve.drs.rules", "-e", f"@{file}", *arguments, **environment)
            changed = re.search(r"changed=(\d+)", done.stdout)
            assert done.returncode == 0, done.stdout + done.stderr
            return int(changed[1]), done.stdout

        play.simulator, play.managed = simulator, MANAGED[request.param]
        yield play


def names(world):
    """HA rules and HA groups that are ours."""
    ha = world.ha
    return sorted(one.name for one in (*ha.rules.rules, *ha.groups.values()) if one.comment.startswith("pve.drs:"))


def test_create_again_edit_drift_and_purge(cluster):
    world, (first, second) = cluster.simulator.world, cluster.managed
    here = {"name": "here", "type": "run_on", "guests": [first, LOOSE], "nodes": ["pve1", "pve2"]}
    there = {"name": "there", "type": "run_on", "guests": [second], "nodes": ["pve3"], "strength": "should"}

    changed, shown = cluster([here, there], "--check", "--diff")
    assert changed == 1
    assert re.search(r"\+HA (rule|group) drs-here\n\+  only on pve1, pve2\n", shown)
    assert "+tags of guest 201" in shown
    assert cluster.simulator.log.writing() == []

    assert cluster([here, there])[0] == 1
    assert names(world) == ["drs-here", "drs-there"]
    assert "drs-on-pve2+here" in world.guests[LOOSE].tags

    written = len(cluster.simulator.log.writing())
    changed, shown = cluster([here, there], drs_rules_purge=True)
    assert (changed, len(cluster.simulator.log.writing())) == (0, written)
    assert "The cluster is as declared." in shown

    here["nodes"] = ["pve1"]
    changed, shown = cluster([here, there], "--diff")
    assert changed == 1
    assert re.search(r"-  only on pve1, pve2\n\+  only on pve1\n", shown)

    assert cluster([here], "--check", drs_rules_purge=False)[0] == 0
    changed, shown = cluster([here], drs_rules_purge=True)
    assert changed == 1
    assert "drs-there: there, but not declared" in shown
    assert names(world) == ["drs-here"]


def test_validation_fails_for_a_rule_that_cannot_be_in_force(cluster):
    """Without a privilege to write, and without a request to."""
    guests = cluster.managed
    rules = [
        {"name": "apart", "type": "separate", "guests": guests},
        {"name": "together", "type": "together", "guests": guests},
    ]
    with pytest.raises(AssertionError, match="rule together does not count, because of rule apart"):
        cluster(rules, drs_rules_validate=True)
    assert cluster(rules[:1], drs_rules_validate=True)[0] == 0
    assert cluster.simulator.log.writing() == []


def test_every_option_of_the_module_is_a_variable_of_the_playbook(root):
    [block] = yaml.safe_load((root / "playbooks/tasks/rules.yml").read_text(encoding="utf-8"))
    given = block["block"][0]["pve.drs.drs_rules"]
    own = ("state", "purge", "write", "validate")
    assert given == {
        option: f"{{{{ drs_{'rules_' if option in own else ''}{option} | default(omit) }}}}"
        for option in arguments.connection() | arguments.keeping_rules()
    }

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The playbook pve.drs.evacuate, called as users call it, with the command of a node's shell beside it."""

import json
import os
import stat
import sys

import pytest
import yaml

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from simulator.scenario import read_scenario
from simulator.server import Settings, running
from simulator.world.world import World

TOKEN = "drs@pve!demo"
SCENARIO = {
    "why": "A node with guests of every kind is to be emptied.",
    "cluster": {"name": "mixed", "seed": 5},
    "defaults": {
        "node": {"cores": 16, "memory": "64G"},
        "guest": {"cores": 1, "memory": "4G", "disks": ["ceph:8G"], "load": {"cpu": 0.3, "memory": "3G"}},
    },
    "nodes": {"pve1": {}, "pve2": {}, "pve3": {}},
    "storages": {"ceph": {"type": "rbd", "content": ["images", "rootdir"]}},
    "users": {"drs@pve": {"password": "mixed-drs"}},
    "tokens": {TOKEN: {"secret": "8d2e2a0b-6a53-4a9e-8a6a-0c1f5f2d9b55", "privsep": False}},
    "roles": {"DRS": ["VM.Audit", "VM.Migrate", "VM.PowerMgmt", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]},
    "acl": [{"path": "/", "user": "drs@pve", "role": "DRS"}],
    "guests": [
        {"vmid": 101, "name": "ha{n}", "count": 2, "node": "pve1", "ha": "started"},
        {"vmid": 111, "name": "web{n}", "count": 3, "node": "pve1"},
        {"vmid": 121, "name": "off{n}", "count": 2, "node": "pve1", "status": "stopped"},
        {"vmid": 131, "name": "box", "node": "pve1", "type": "lxc", "memory": "2G"},
        {"vmid": 201, "name": "other", "node": "pve2"},
    ],
}
ON_PVE1 = [101, 102, 111, 112, 113, 121, 122, 131]


@pytest.fixture
def cluster():
    """Serve the nodes; a minute of theirs passes in a second."""
    with running(World(read_scenario(SCENARIO, None)), Settings(port=0, speed=60.0)) as simulator:
        simulator.advance(200)
        yield simulator


@pytest.fixture
def play(cluster, reach, root, tmp_path, ansible_playbook):
    """Run the playbook; returns the finished process."""
    (tmp_path / "connection.json").write_text(json.dumps(cluster.connection), encoding="utf-8")
    shell = tmp_path / "ha-manager"
    shell.write_text(
        f'#!/bin/sh\nPYTHONPATH={root} exec {sys.executable} -m simulator ha-manager "$@"\n', encoding="utf-8"
    )
    shell.chmod(shell.stat().st_mode | stat.S_IXUSR)
    hosts = {"pve1": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}}
    (tmp_path / "nodes.json").write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    given = {f"drs_{option}": value for option, value in reach(cluster.connection).items()}
    given |= {"drs_nodes": ["pve1"], "drs_settle": 1, "drs_maintenance_delay": 1, "drs_ready_uptime": 0}

    def run(*words, **variables):
        arguments_of_play = ("-i", tmp_path / "nodes.json", "-e", json.dumps(given | variables), *words)
        more = {
            "PVE_SIMULATOR_CONNECTION": str(tmp_path / "connection.json"),
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
        }
        return ansible_playbook("pve.drs.evacuate", *arguments_of_play, **more)

    return run


def on(cluster, node):
    """Who is on a node of the simulated world."""
    return sorted(guest.vmid for guest in cluster.world.guests.values() if guest.node == node)


def test_the_preview_shows_the_waves_and_sends_no_writing_request(cluster, play):
    done = play("--check")
    assert done.returncode == 0, done.stdout
    assert "Moves: 8 in 2 step(s)" in done.stdout
    assert "Room afterwards" in done.stdout
    assert cluster.log.writing() == []


@pytest.mark.parametrize("mode", ["explicit", pytest.param("manager", marks=pytest.mark.long)])
def test_a_node_is_emptied_and_gets_its_guests_back(cluster, play, mode, tmp_path):
    given = {"drs_state_path": str(tmp_path / "state.sqlite"), "drs_ha_mode": mode}
    done = play(**given)
    assert done.returncode == 0, done.stdout
    assert on(cluster, "pve1") == []
    assert "changed: [localhost -> pve1]" in done.stdout
    again = play(**given)
    assert again.returncode == 0, again.stdout
    assert "changed=0" in again.stdout
    back = play(drs_state="returned", **given)
    assert back.returncode == 0, back.stdout
    cluster.advance(60)
    assert on(cluster, "pve1") == ON_PVE1


@pytest.mark.long
def test_a_node_may_be_given_back_to_balancing_instead(cluster, play, tmp_path):
    given = {"drs_state_path": str(tmp_path / "state.sqlite"), "drs_maintenance": False}
    assert play(**given).returncode == 0
    assert on(cluster, "pve1") == []
    cluster.advance(20)
    done = play(drs_state="returned", drs_return="rebalance", drs_balanciness=5, **given)
    assert done.returncode == 0, done.stdout
    assert "evens out memory in use" in done.stdout
    assert on(cluster, "pve1") != []


def test_a_guest_that_cannot_be_moved_keeps_the_node_out_of_maintenance(cluster, play):
    rules = [{"name": "stay", "type": "pin", "guests": [111]}]
    done = play(drs_rules=rules)
    assert done.returncode != 0
    assert "1 guest(s) cannot be moved, so nothing was moved: 111 (web1)" in done.stdout
    assert "111 (web1) on pve1 cannot be moved" in done.stdout
    assert "Begin maintenance" not in done.stdout
    assert cluster.log.writing() == []


def test_every_option_of_the_module_is_a_variable_of_the_playbook(root):
    [block] = yaml.safe_load((root / "playbooks/tasks/evacuate.yml").read_text(encoding="utf-8"))
    spec = (
        arguments.connection()
        | arguments.judging()
        | arguments.moving()
        | arguments.executing()
        | arguments.evacuating()
    )
    given = block["block"][0]["pve.drs.drs_evacuate"]
    assert given == {option: f"{{{{ drs_{option} | default(omit) }}}}" for option in spec}

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A simulated cluster of five nodes, with hooks in place of apt and reboots."""

import json
import os
import sys

import pytest

from simulator.scenario import read_scenario
from simulator.server import Settings, running
from simulator.world.world import World

NODES = [f"pve{number}" for number in range(1, 6)]
TOKEN = "drs@pve!demo"
SCENARIO = {
    "why": "Five nodes with guests of every kind, to be updated one after the other.",
    "cluster": {"name": "rolling", "seed": 3},
    "defaults": {
        "node": {"cores": 16, "memory": "64G"},
        "guest": {"cores": 2, "memory": "8G", "disks": ["ceph:8G"], "load": {"cpu": 0.5, "memory": "6G"}},
    },
    "nodes": {name: {} for name in NODES},
    "storages": {"ceph": {"type": "rbd"}},
    "users": {"drs@pve": {"password": "rolling-drs"}},
    "tokens": {TOKEN: {"secret": "4f0e2a0b-6a53-4a9e-8a6a-0c1f5f2d9b11", "privsep": False}},
    "roles": {"DRS": ["VM.Audit", "VM.Migrate", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]},
    "acl": [{"path": "/", "user": "drs@pve", "role": "DRS"}],
    "guests": [
        {"vmid": 101, "name": "ha{n}", "count": 3, "nodes": ["pve1", "pve2", "pve3"], "ha": "started"},
        {"vmid": 111, "name": "web{n}", "count": 6, "nodes": ["pve1", "pve2", "pve3", "pve4"]},
        {"vmid": 121, "name": "off{n}", "count": 2, "node": "pve1", "status": "stopped"},
    ],
}


@pytest.fixture
def cluster():
    """Serve five nodes; four minutes of theirs pass in a second."""
    with running(World(read_scenario(SCENARIO, None)), Settings(port=0, speed=240.0)) as simulator:
        simulator.advance(120)
        yield simulator


@pytest.fixture
def folder(cluster, reach, root, tmp_path):
    """Everything that a run needs: what is due on which node, an inventory, variables, and the commands of a node's shell."""
    for name in NODES:
        (tmp_path / name).write_text("nothing", encoding="utf-8")
        (tmp_path / f"{name}.boot").write_text(f"first boot of {name}", encoding="utf-8")
    hosts = {name: {"ansible_connection": "local", "ansible_python_interpreter": sys.executable} for name in NODES}
    (tmp_path / "nodes.json").write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    hooks = root / "extensions/molecule/rolling_update/tasks"
    variables = {f"drs_{option}": value for option, value in reach(cluster.connection).items()}
    variables |= {f"drs_rolling_{hook}_tasks": str(hooks / f"{hook}.yml") for hook in ("due", "update", "reboot")}
    variables |= {
        "drs_settle": 0,
        "drs_ha_manager": str(tmp_path / "ha-manager"),
        "drs_state_path": str(tmp_path / "state.sqlite"),
        "drs_rolling_boot_id": f"cat {tmp_path}/{{{{ drs_rolling_node }}}}.boot",
        "drs_rolling_delay": 1,
        "drs_rolling_patience": 60,
        "rolling_folder": str(tmp_path),
        "simulator": cluster.connection,
    }
    (tmp_path / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
    (tmp_path / "connection.json").write_text(json.dumps(cluster.connection), encoding="utf-8")
    ceph = tmp_path / "ceph"
    ceph.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/ceph.log\n', encoding="utf-8")
    ceph.chmod(0o755)
    shell = tmp_path / "ha-manager"
    shell.write_text(
        f"#!/bin/sh\nexport PYTHONPATH={root} PVE_SIMULATOR_CONNECTION={tmp_path}/connection.json\n"
        f'exec {sys.executable} -m simulator ha-manager "$@"\n',
        encoding="utf-8",
    )
    shell.chmod(0o755)
    return tmp_path


@pytest.fixture
def roll(folder, ansible_playbook):
    """Run the playbook; returns the finished process."""

    def run(*words, **variables):
        given = ("-e", f"@{folder}/variables.json", "-e", json.dumps(variables))
        arguments = ("-i", folder / "nodes.json", *given, *words)
        return ansible_playbook("pve.drs.rolling_update", *arguments, PATH=f"{folder}:{os.environ['PATH']}")

    return run


def due(folder, what, *names):
    for name in names:
        (folder / name).write_text(what, encoding="utf-8")


def places(cluster):
    return {vmid: guest.node for vmid, guest in cluster.world.guests.items()}


def moves(cluster):
    """Which guest was asked to leave which node, in order."""
    paths = [entry.path.split("/") for entry in cluster.log.writing() if entry.path.endswith("/migrate")]
    return [(path[2], int(path[4])) for path in paths]

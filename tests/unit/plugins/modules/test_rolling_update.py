# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A rolling update of a simulated cluster of five nodes, with hooks in place of apt and reboots."""

import json
import os
import sys

import pytest

from simulator.scenario import read_scenario
from simulator.server import Settings, running
from simulator.world.events import act
from simulator.world.faults import Fault
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

    def run(**variables):
        arguments = ("-i", folder / "nodes.json", "-e", f"@{folder}/variables.json", "-e", json.dumps(variables))
        return ansible_playbook("pve.drs.rolling_update", *arguments, PATH=f"{folder}:{os.environ['PATH']}")

    return run


CEPH = Fault(
    effect="answer", path="/cluster/ceph/status", status=200, text='{"data": {"health": {"status": "HEALTH_OK"}}}'
)


def due(folder, what, *names):
    for name in names:
        (folder / name).write_text(what, encoding="utf-8")


def places(cluster):
    return {vmid: guest.node for vmid, guest in cluster.world.guests.items()}


def moves(cluster):
    """Which guest was asked to leave which node, in order."""
    paths = [entry.path.split("/") for entry in cluster.log.writing() if entry.path.endswith("/migrate")]
    return [(path[2], int(path[4])) for path in paths]


def test_nodes_with_nothing_to_update_are_left_alone(cluster, roll):
    done = roll()
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("nothing was due") >= len(NODES)
    assert cluster.log.writing() == []


REFUSALS = {
    "unknown node": ({"drs_rolling_nodes": ["pve1", "pve9"]}, None, "drs_rolling_nodes names pve9"),
    "not well": ({}, lambda world: world.node_down("pve5"), "the cluster is not well: node pve5 is offline"),
    "force": ({"drs_rolling_force": True}, None, "drs_rolling_force needs drs_rolling_path"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_nothing_is_touched_where_it_should_not_begin(cluster, folder, roll, case):
    variables, happens, expected = REFUSALS[case]
    due(folder, "reboot", *NODES)
    if happens:
        cluster.call(lambda: happens(cluster.world))
        cluster.advance(60)
    done = roll(**variables)
    assert done.returncode == 2
    assert expected in done.stdout
    assert cluster.log.writing() == []


def test_nodes_are_updated_one_after_the_other_and_guests_come_home(cluster, folder, roll):
    """The empty one first. While one reboots, Ceph keeps its data where it is."""
    due(folder, "update", "pve1", "pve5")
    before = places(cluster)
    cluster.call(lambda: cluster.world.faults.add(CEPH))
    done = roll(drs_rolling_nodes=["pve1", "pve2", "pve5"])
    assert done.returncode == 0, done.stdout
    assert '"pve1": "updated and rebooted"' in done.stdout
    assert '"pve2": "nothing was due"' in done.stdout
    assert (folder / "ceph.log").read_text(encoding="utf-8").splitlines() == ["osd set noout", "osd unset noout"] * 2
    first, second = (folder / f"{name}.boot" for name in ("pve5", "pve1"))
    assert first.stat().st_mtime < second.stat().st_mtime
    assert places(cluster) == before
    assert [name for name, node in cluster.world.nodes.items() if node.pve_version == "9.2.99"] == ["pve1", "pve5"]
    left = [vmid for node, vmid in moves(cluster) if node == "pve1"]
    assert sorted(left) == sorted(vmid for vmid, node in before.items() if node == "pve1")


@pytest.mark.long
def test_a_forced_run_goes_on_after_the_nodes_that_its_file_knows(cluster, folder, roll):
    """pve4 has not booted since it was done; tasks of one's own run before guests return."""
    finished, own = folder / "finished.json", folder / "own.yml"
    finished.write_text(json.dumps({"pve4": "first boot of pve4"}), encoding="utf-8")
    task = {
        "name": "Look after it",
        "ansible.builtin.copy": {"content": "{{ drs_rolling_node }}", "dest": f"{folder}/own"},
    }
    own.write_text(json.dumps([task]), encoding="utf-8")
    forced = {"drs_rolling_force": True, "drs_rolling_path": str(finished), "drs_rolling_own_tasks": str(own)}
    done = roll(drs_rolling_nodes=["pve4", "pve5"], **forced)
    assert done.returncode == 0, done.stdout
    assert '"pve4": "nothing was due"' in done.stdout
    assert '"pve5": "updated and rebooted"' in done.stdout
    assert (folder / "own").read_text(encoding="utf-8") == "pve5"
    assert not finished.exists()


@pytest.mark.long
def prefers_pve1(cluster):
    """The HA manager would take guest 101 back at once, as long as its node is not in maintenance."""
    cluster.call(
        lambda: act(cluster.world, "add_ha_preference", {"name": "home", "resources": [101], "nodes": ["pve1"]})
    )
    cluster.advance(30)


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


def test_without_a_new_kernel_nobody_has_to_leave_where_only_reboots_empty_a_node(cluster, folder, roll):
    due(folder, "update", "pve1")
    done = roll(drs_rolling_nodes=["pve1"], drs_rolling_drain="reboot", rolling_left="nothing")
    assert done.returncode == 0, done.stdout
    assert '"pve1": "updated"' in done.stdout
    assert moves(cluster) == []


@pytest.mark.long
def test_a_reboot_that_never_happens_is_noticed_and_a_later_run_goes_on_from_there(cluster, folder, roll):
    due(folder, "reboot", "pve4")
    before = places(cluster)
    stopped = roll(drs_rolling_nodes=["pve4"], rolling_guarded="pve4")
    assert stopped.returncode == 2
    assert "node pve4 was told to reboot, and still runs by the same boot" in stopped.stdout
    assert "pve4" not in places(cluster).values()
    done = roll(drs_rolling_nodes=["pve4"])
    assert done.returncode == 0, done.stdout
    assert places(cluster) == before


@pytest.mark.long
def test_one_node_that_cannot_be_emptied_ends_the_run_before_it_begins(cluster, folder, roll):
    due(folder, "reboot", "pve2", "pve4")
    cluster.call(lambda: cluster.world.change_config(cluster.world.guests[112], {"tags": "drs-pin"}))
    done = roll(drs_rolling_nodes=["pve2", "pve4"])
    assert done.returncode == 2
    assert "nothing was touched: node pve2 cannot be emptied" in done.stdout
    assert "it is pinned to pve2 (tag drs-pin)" in done.stdout
    assert cluster.log.writing() == []


@pytest.mark.long
def test_guests_that_stay_keep_their_node_up(cluster, folder, roll):
    due(folder, "reboot", "pve4")
    cluster.call(lambda: cluster.world.change_config(cluster.world.guests[114], {"tags": "drs-ignore"}))
    done = roll(drs_rolling_nodes=["pve4"])
    assert done.returncode == 2
    assert "stopped, as guest 114 still runs on node pve4" in done.stdout
    assert (folder / "pve4.boot").read_text(encoding="utf-8") == "first boot of pve4"


@pytest.mark.long
def test_the_next_node_waits_for_the_one_before_it(cluster, folder, roll):
    due(folder, "reboot", "pve4", "pve5")
    done = roll(drs_rolling_nodes=["pve4", "pve5"], rolling_broken="pve5", drs_rolling_patience=3)
    assert done.returncode == 2
    assert "node pve5 is offline" in done.stdout
    assert moves(cluster) == []

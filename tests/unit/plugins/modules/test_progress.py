# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The callback plugin progress in real runs of ansible-playbook, one cluster or several at once."""

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simulator.scenario import load_world, read_scenario
from simulator.server import Settings, running
from simulator.world.world import World

HERE = Path(__file__).parent
STAND_STILL, SPEED = 0.0, 60.0
PATIENCE_SECONDS = 60.0
# A node with forty guests, and room for them on four others.
CROWDED = {
    "why": "a node is to be emptied",
    "cluster": {"name": "crowded"},
    "defaults": {
        "node": {"cores": 64, "memory": "512G"},
        "guest": {"cores": 2, "memory": "6G", "disks": ["ceph:8G"], "load": {"cpu": 0.4, "memory": "5G"}},
    },
    "nodes": {f"pve{number}": {} for number in range(1, 6)},
    "storages": {"ceph": {"type": "rbd"}},
    "users": {"drs@pve": {"password": "password-of-drs"}},
    "tokens": {"drs@pve!demo": {"secret": "5b1f4a54-0c2e-4f0b-9c37-8a1f0d6e2b11", "privsep": False}},
    "roles": {"DRS": ["VM.Audit", "VM.Migrate", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]},
    "acl": [{"path": "/", "user": "drs@pve", "role": "DRS"}],
    "guests": [{"vmid": 101, "name": "web{n}", "count": 40, "node": "pve1"}],
}


@pytest.fixture
def fleet():
    """Serve the demonstration cluster twice."""
    with contextlib.ExitStack() as stack:
        yield {
            host: stack.enter_context(running(load_world("demo"), Settings(port=0, speed=SPEED)))
            for host in ("lab1", "lab2")
        }


@pytest.fixture
def prepared(reach, collections_path, startup, tmp_path):
    """Return the command and the environment that balance simulated clusters, by host."""

    def prepare(simulators, *, enabled=True, **options):
        hosts = {
            host: {"params": reach(simulator.connection) | {"settle": 1} | options}
            for host, simulator in simulators.items()
        }
        inventory = tmp_path / "hosts.json"
        inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "ANSIBLE_LOCAL_TEMP": str(tmp_path / "local"),
            "ANSIBLE_COLLECTIONS_PATH": str(collections_path),
            "ANSIBLE_NOCOLOR": "true",
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": startup,
        } | ({"ANSIBLE_CALLBACKS_ENABLED": "pve.drs.progress"} if enabled else {})
        command = [
            str(Path(sys.executable).with_name("ansible-playbook")),
            "-i",
            str(inventory),
            str(HERE / "progress.yml"),
        ]
        return command, environment

    return prepare


def run(command, environment):
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def lines_of(output, host):
    return [line for line in output.splitlines() if line.startswith(f"[{host}] ")]


@pytest.mark.long
def test_moves_are_shown_while_they_are_under_way_also_in_a_file(fleet, prepared, tmp_path):
    demo = {"lab1": fleet["lab1"]}
    pace = fleet["lab1"].server.stage.pace
    command, environment = prepared(demo)
    output = tmp_path / "output"
    deadline = time.monotonic() + PATIENCE_SECONDS
    fleet["lab1"].call(lambda: pace.change(STAND_STILL))
    with output.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=environment)
        try:
            while output.read_text(encoding="utf-8").count(" started ") < 2:
                assert time.monotonic() < deadline, output.read_text(encoding="utf-8")
                time.sleep(0.1)
            before = output.read_text(encoding="utf-8")
            assert process.poll() is None
        finally:
            fleet["lab1"].call(lambda: pace.change(SPEED))
            status = process.wait(timeout=PATIENCE_SECONDS)
    assert (status, before.count(" done "), output.read_text(encoding="utf-8").count(" done ")) == (0, 0, 5)
    assert "changed: [lab1]" not in before


@pytest.mark.long
def test_several_clusters_at_once_are_told_apart(fleet, prepared, tmp_path):
    output = run(*prepared(fleet))
    for host, simulator in fleet.items():
        lines = lines_of(output, host)
        assert lines[0].startswith(f"[{host}] cluster demo: 5 moves in 3 steps, about ")
        assert [sum(f" {kind} " in line for line in lines) for kind in ("started", "done", "finished")] == [5, 5, 1]
        assert lines[-1] == f"[{host}] [####################] 5/5 finished 5 done"
        assert simulator.connection["tokens"]["drs@pve!demo"] not in output
    assert not any(letter != "\n" and not letter.isprintable() for letter in output)
    assert list(tmp_path.rglob("drs-progress-*")) == []


def test_nothing_is_told_to_other_modules_nor_of_a_dry_run(fleet, prepared):
    command, environment = prepared({"lab1": fleet["lab1"]})
    output = run([*command, "--check"], environment)
    assert lines_of(output, "lab1") == []
    assert "PVE_DRS_PROGRESS is set: False" in output


@pytest.mark.long
def test_unless_enabled_nothing_is_shown(fleet, prepared):
    output = run(*prepared({"lab1": fleet["lab1"]}, enabled=False))
    assert lines_of(output, "lab1") == []
    assert "changed: [lab1]" in output


@pytest.mark.long
def test_colors_are_those_of_ansible(fleet, prepared):
    command, environment = prepared({"lab1": fleet["lab1"]})
    del environment["ANSIBLE_NOCOLOR"]
    output = run(command, environment | {"ANSIBLE_FORCE_COLOR": "true"})
    assert "\x1b[0;32m[lab1] [####................] 1/5 done " in output


@pytest.mark.long
def test_the_evacuation_of_forty_guests_can_be_watched(prepared):
    with running(World(read_scenario(CROWDED, HERE)), Settings(port=0, speed=SPEED)) as simulator:
        output = run(*prepared({"lab1": simulator}, nodes=["pve1"], settle=0, max_parallel=8, max_parallel_per_node=8))
    lines = lines_of(output, "lab1")
    assert lines[0].startswith("[lab1] cluster crowded: 40 moves in ")
    assert sum(" started  " in line for line in lines) == 40
    done = [line for line in lines if " done     " in line]
    assert [int(line.split("/40")[0].split()[-1]) for line in done] == list(range(1, 41))
    assert lines[-1] == "[lab1] [####################] 40/40 finished 40 done"

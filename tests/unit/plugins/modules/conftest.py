# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Simulators in this process, and Ansible outside of it."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.scenario import load_world, read_scenario
from simulator.server import Settings, running
from simulator.world.world import World

HERE = Path(__file__).parent
SECRET = "1e6b3c58-7a0f-4d43-8a52-0f9a6b7c5d21"
SPEED = 120.0
CALL = """
import importlib, json, sys
from ansible.module_utils.testing import patch_module_args
name, arguments = json.load(sys.stdin)
with patch_module_args(arguments):
    importlib.import_module(f"ansible_collections.pve.drs.plugins.modules.{name}").main()
"""


def a_world(guests, *, nodes=2):
    """Return a small cluster with one user who may do what balancing needs."""
    return World(
        read_scenario(
            {
                "why": "a small cluster",
                "cluster": {"name": "small"},
                "nodes": {f"pve{number}": {"cores": 16, "memory": "64G"} for number in range(1, nodes + 1)},
                "storages": {"ceph": {"type": "rbd"}},
                "users": {"drs@pve": {"password": "small-drs"}},
                "tokens": {"drs@pve!demo": {"secret": SECRET, "privsep": False}},
                "roles": {"DRS": ["VM.Audit", "VM.Migrate", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]},
                "acl": [{"path": "/", "user": "drs@pve", "role": "DRS"}],
                "guests": guests,
            },
            HERE,
        )
    )


def guests_on(node, count, **more):
    """Return a group of guests with 8 GiB in use each."""
    group = {
        "vmid": 101,
        "name": "g{n}",
        "count": count,
        "node": node,
        "cores": 2,
        "memory": "10G",
        "disks": ["ceph:8G"],
    }
    return [group | {"load": {"cpu": 0.5, "memory": "8G"}} | more]


@pytest.fixture(scope="session")
def reach():
    """Tell the options that reach a simulator."""

    def options(connection, token="drs@pve!demo"):
        return {
            "api_host": [node["host"] for node in connection["nodes"].values()],
            "api_port": next(iter(connection["nodes"].values()))["port"],
            "api_token_id": token,
            "api_token_secret": connection["tokens"][token],
            "ca_path": connection["ca_path"],
        }

    return options


@pytest.fixture(scope="module")
def simulators():
    """Every cluster that a case needs, each behind ports of its own."""
    worlds = {
        "demo": load_world("demo"),
        "without_quorum": a_world(guests_on("pve1", 4)),
        "empty": a_world([]),
        "one_node": a_world(guests_on("pve1", 4), nodes=1),
        "pinned": a_world(guests_on("pve1", 4, tags=["drs-pin"])),
        "unpinned": a_world(guests_on("pve1", 4, tags=["any"])),
    }
    with contextlib.ExitStack() as stack:
        settings = Settings(port=0, speed=SPEED, login_delay_seconds=0.0)
        started = {name: stack.enter_context(running(world, settings)) for name, world in worlds.items()}
        started["without_quorum"].call(started["without_quorum"].world.lose_quorum)
        yield started


@pytest.fixture(scope="session")
def startup(startup_folder):
    """Value for PYTHONPATH with which modules are not packed and compiled anew for every task."""
    return os.pathsep.join(filter(None, [str(startup_folder), os.environ.get("PYTHONPATH")]))


@pytest.fixture(scope="session")
def ansible_playbook(collections_path, startup):
    """Run ansible-playbook with this checkout as pve.drs; returns the finished process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROXMOX_", "ANSIBLE_"))}
    environment = kept | {
        "ANSIBLE_COLLECTIONS_PATH": str(collections_path),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
        "PYTHONPATH": startup,
    }

    def run(*arguments, cwd=None, **more):
        command = [str(Path(sys.executable).with_name("ansible-playbook")), *map(str, arguments)]
        known = environment | ({"PWD": str(cwd)} if cwd else {}) | more
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, env=known, cwd=cwd)

    return run


@pytest.fixture(scope="module")
def run_cases(ansible_playbook, tmp_path_factory):
    """Run cases in one ansible-playbook; returns results by name and all that was printed."""

    def run(cases):
        folder = tmp_path_factory.mktemp("cases")
        (folder / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
        done = ansible_playbook(HERE / "cases.yml", "-vvv", "-e", f"folder={folder}")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads((folder / "results.json").read_text(encoding="utf-8")), done.stdout + done.stderr

    return run


@pytest.fixture(scope="session")
def run_module(collections_path):
    """Run a module in a process of its own, for a fourth of what it takes through ansible-playbook; returns its result."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROXMOX_", "ANSIBLE_"))}
    path = os.pathsep.join(filter(None, [str(collections_path), kept.get("PYTHONPATH")]))

    def run(name, params, *, check_mode=False):
        given = json.dumps([name, params | {"_ansible_check_mode": check_mode}])
        command, environment = [sys.executable, "-c", CALL], kept | {"PYTHONPATH": path}
        done = subprocess.run(
            command, input=given, check=False, capture_output=True, text=True, timeout=300, env=environment
        )
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    return run

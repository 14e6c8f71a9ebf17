# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Playbook pve.drs.bootstrap as an administrator calls it, and the token that it makes."""

import json
import re
import stat

import pytest
import yaml

from ansible_collections.pve.drs.plugins.module_utils.glue.access_options import granting
from ansible_collections.pve.drs.tests.unit.simulated_access import PASSWORD, ROOT, with_root
from simulator.scenario import read_scenario
from simulator.server import Settings, running
from simulator.world.world import World

SMALL = {
    "why": "two nodes of which one has all guests",
    "cluster": {"name": "small"},
    "nodes": {f"pve{number}": {"cores": 16, "memory": "64G"} for number in (1, 2)},
    "storages": {"ceph": {"type": "rbd"}},
    "guests": [
        {"vmid": 101, "count": 4, "node": "pve1", "cores": 2, "memory": "10G", "disks": ["ceph:8G"]}
        | {"load": {"cpu": 0.5, "memory": "8G"}},
    ],
}


@pytest.fixture
def cluster(tmp_path):
    """Serve a cluster with root, and nobody else."""
    with running(World(read_scenario(with_root(SMALL), tmp_path)), Settings(port=0, speed=120.0)) as simulator:
        yield simulator


@pytest.fixture
def play(cluster, ansible_playbook, tmp_path):
    """Run a playbook of the collection with the variables of the page for a first cluster; gives what was printed."""
    node = next(iter(cluster.connection["nodes"].values()))
    file = tmp_path / "cluster.yml"
    known = {
        "drs_api_host": node["host"],
        "drs_api_port": node["port"],
        "drs_ca_path": cluster.connection["ca_path"],
        "drs_api_user": "drs@pve",
        "drs_api_token_id": "balance",
        "drs_bootstrap_for": ["balance"],
        "drs_bootstrap_secret_file": "drs.secret",
        "drs_settle": 0,
    }
    file.write_text(yaml.safe_dump(known), encoding="utf-8")

    def run(name, *arguments, **environment):
        done = ansible_playbook(f"pve.drs.{name}", "-e", f"@{file}", *arguments, cwd=tmp_path, **environment)
        shown = done.stdout + done.stderr
        assert done.returncode == 0, shown
        return int(re.search(r"changed=(\d+)", done.stdout)[1]), shown

    return run


def test_a_token_is_made_once_and_serves(cluster, play, tmp_path):
    changed, shown = play("bootstrap", "-vvv", "--diff", PROXMOX_PASSWORD=PASSWORD)
    secret = (tmp_path / "drs.secret").read_text(encoding="utf-8").strip()
    assert (changed, stat.S_IMODE((tmp_path / "drs.secret").stat().st_mode)) == (1, 0o600)
    assert "+token drs@pve!balance" in shown
    assert "drs@pve!balance may be used for report, balance, evacuate" in shown
    assert not [hidden for hidden in (secret, PASSWORD) if hidden in shown]

    given = json.dumps({"drs_admin_user": ROOT, "drs_admin_password": PASSWORD})
    assert play("bootstrap", "-e", given)[0] == 0

    lookup = "{{ lookup('ansible.builtin.file', drs_bootstrap_secret) }}"
    token = {"drs_bootstrap_secret": str(tmp_path / "drs.secret"), "drs_api_token_secret": lookup}
    changed, shown = play("balance", "-e", json.dumps(token))
    assert changed == 1
    assert len({guest.node for guest in cluster.world.guests.values()}) == 2
    assert secret not in shown


def test_the_playbook_passes_every_option_on(root):
    """Those of the module alone; the ones of the connection are tested with the other playbooks."""
    tasks = yaml.safe_load((root / "playbooks" / "tasks" / "bootstrap.yml").read_text(encoding="utf-8"))
    task = next(task["pve.drs.drs_access"] for task in tasks if "pve.drs.drs_access" in task)
    assert granting().keys() <= task.keys()

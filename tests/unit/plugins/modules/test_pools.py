# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Playbook pve.drs.pools as users call it: the book's two pools, shared out, left alone, and put back."""

import json
import re

import pytest

from ansible_collections.pve.drs.tests.unit.plugins.modules.conftest import SECRET, SPEED, a_world, guests_on
from simulator.scenario import load_world
from simulator.server import Settings, running

TOKEN = "drs@pve!demo"
POOLS = [
    {"name": "high", "shares": "high", "members": {"pool": "high"}},
    {"name": "normal", "shares": "normal", "members": {"tag": "normal"}},
]
# guests from this number on are in the normal pool
NORMAL = 201
# drs-model 5.6: cores of each guest of either pool
ENTITLED = {"high": 25 / 12, "normal": 25 / 6}


@pytest.fixture
def play(ansible_playbook, tmp_path):
    """Run the playbook; returns the number of changed tasks and what was printed."""
    settings = Settings(port=0, speed=0.0, login_delay_seconds=0.0)
    with running(load_world("pools"), settings) as simulator:
        node = simulator.connection["nodes"]["pve1"]
        environment = {
            "PROXMOX_HOST": node["host"],
            "PROXMOX_PORT": str(node["port"]),
            "PROXMOX_TOKEN_ID": TOKEN,
            "PROXMOX_TOKEN_SECRET": simulator.connection["tokens"][TOKEN],
        }

        def run(*arguments, **variables):
            file = tmp_path / "vars.json"
            given = {"drs_ca_path": simulator.connection["ca_path"], "drs_state_path": str(tmp_path / "state.sqlite")}
            file.write_text(json.dumps({**given, **variables}), encoding="utf-8")
            done = ansible_playbook("pve.drs.pools", "-e", f"@{file}", *arguments, **environment)
            assert done.returncode == 0, done.stdout + done.stderr
            return int(re.search(r"changed=(\d+)", done.stdout)[1]), done.stdout

        run.simulator = simulator
        yield run


def configurations(world):
    """Every file as it would be written, byte for byte."""
    return {vmid: json.dumps(guest.config) for vmid, guest in world.guests.items()}


def delivered(world):
    """Cores that each guest gets at this moment, by vmid."""
    figures = {vmid: world.statistics.present(guest) for vmid, guest in world.guests.items()}
    return {vmid: found.cpu * found.maxcpu for vmid, found in figures.items()}


def test_check_apply_again_and_put_back(play):
    world, log = play.simulator.world, play.simulator.log
    before = configurations(world)

    changed, shown = play("--check", "--diff", drs_pools=POOLS)
    assert changed == 1
    assert re.search(r"high +32 +high .* 66\.67\b", shown)
    assert "+201 (normal1): cpuunits: 167" in shown
    assert log.writing() == []
    assert configurations(world) == before

    assert play(drs_pools=POOLS)[0] == 1
    for vmid, cores in delivered(world).items():
        assert cores == pytest.approx(ENTITLED["high" if vmid < NORMAL else "normal"], rel=0.05), vmid

    written = len(log.writing())
    assert play(drs_pools=POOLS)[0] == 0
    assert len(log.writing()) == written

    assert play(drs_pools_state="absent")[0] == 1
    assert configurations(world) == before


def test_the_service_balances_also_where_pools_are_refused(ansible_playbook, tmp_path):
    """The token may move guests and nothing else; the run fails in the end."""
    world = a_world(guests_on("pve1", 4))
    with running(world, Settings(port=0, speed=SPEED, login_delay_seconds=0.0)) as simulator:
        node = simulator.connection["nodes"]["pve1"]
        file = tmp_path / "vars.json"
        given = {
            "drs_ca_path": simulator.connection["ca_path"],
            "drs_state_path": str(tmp_path / "state.sqlite"),
            "drs_pools": [{"name": "limited", "guests": [{"vmid": 101, "cpu": {"limit": 1}}]}],
            "drs_settle": 0,
        }
        file.write_text(json.dumps(given), encoding="utf-8")
        access = {"PROXMOX_TOKEN_ID": TOKEN, "PROXMOX_TOKEN_SECRET": SECRET}
        at = {"PROXMOX_HOST": node["host"], "PROXMOX_PORT": str(node["port"])}
        figures = tmp_path / "figures.prom"
        done = ansible_playbook(
            "pve.drs.service", "-e", f"@{file}", "-e", f"drs_prometheus_file={figures}", **access, **at
        )
    assert done.returncode != 0
    assert re.search(r"pools were not shared out: .* lacks VM\.Config\.CPU on /vms/101", done.stdout), done.stdout
    assert any(guest.node == "pve2" for guest in world.guests.values())
    told = (tmp_path / "figures-run.prom").read_text(encoding="utf-8")
    assert 'pve_drs_run_success{service="pve-drs"} 0' in told

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The command of root's shell that begins and ends maintenance of a node."""

import subprocess
import sys
from pathlib import Path

import pytest

from simulator import ha_manager
from simulator.scenario import load_world
from simulator.server import running

COMMAND = ["crm-command", "node-maintenance"]


@pytest.fixture
def sim(monkeypatch):
    with running(load_world("ha")) as found:
        monkeypatch.setenv(ha_manager.CONNECTION_VARIABLE, str(found.server.run_dir / "connection.json"))
        yield found


def test_a_node_goes_into_maintenance_and_comes_out(sim):
    node = next(iter(sim.world.nodes))
    assert ha_manager.main([*COMMAND, "enable", node]) == 0
    assert sim.world.ha.node_hastate(node) == "online", "the manager takes the command in its next round"
    sim.advance(40)
    assert sim.world.ha.node_hastate(node) == "maintenance"
    assert ha_manager.main([*COMMAND, "disable", node]) == 0
    sim.advance(40)
    assert sim.world.ha.node_hastate(node) == "online"


def test_it_is_a_command_of_the_shell(sim):
    words = [sys.executable, "-m", "simulator", "ha-manager", *COMMAND, "enable", next(iter(sim.world.nodes))]
    root = Path(ha_manager.__file__).parents[1]
    ended = subprocess.run(words, cwd=root, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert sim.world.ha.maintenance_queue == [(next(iter(sim.world.nodes)), True)]


def test_maintenance_works_in_a_cluster_without_any_resource():
    with running(load_world("demo")) as found:
        sim, node = found, next(iter(found.world.nodes))
        sim.call(lambda: sim.world.set_maintenance(node, on=True))
        sim.advance(40)
        assert sim.world.ha.node_hastate(node) == "maintenance"


def test_a_node_that_is_gone_does_not_begin_maintenance(sim):
    node = list(sim.world.nodes)[-1]
    sim.call(lambda: sim.world.node_down(node))
    sim.advance(30)
    assert ha_manager.main([*COMMAND, "enable", node]) == 0
    sim.advance(40)
    assert node not in sim.world.ha.maintenance


@pytest.mark.parametrize(
    ("act", "node", "text"),
    [
        (lambda _world: None, "nope", "no such cluster node 'nope'"),
        (lambda world: world.lose_quorum(), None, "cfs-lock 'domain-ha' error: no quorum!"),
    ],
)
def test_what_the_command_refuses(sim, capsys, act, node, text):
    sim.call(lambda: act(sim.world))
    assert ha_manager.main([*COMMAND, "enable", node or next(iter(sim.world.nodes))]) == ha_manager.FAILED
    assert capsys.readouterr().err == f"{text}\n"


def test_without_a_simulator_it_says_what_is_missing(capsys, monkeypatch):
    monkeypatch.delenv(ha_manager.CONNECTION_VARIABLE, raising=False)
    assert ha_manager.main([*COMMAND, "enable", "pve1"]) == ha_manager.FAILED
    assert ha_manager.CONNECTION_VARIABLE in capsys.readouterr().err

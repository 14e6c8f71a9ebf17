# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The modules over HTTPS before load that comes and goes: half a minute of it moves nothing, load that lasts moves guests."""

import hashlib
import sqlite3
from contextlib import closing

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import collect_with_state, state_of
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.tests.unit.simulated import VirtualClock, connect
from simulator.scenario import load_world
from simulator.server import Settings, running

pytestmark = pytest.mark.long

BY_HAND = Settings(port=0, speed=0.0, auto_advance=60.0)
TOKEN = "drs@pve!demo"
SPIKE, LASTING, LASTING_LONG = 600.0, 1200.0, 1200.0 + 50 * 60
MINUTE_OF_SAMPLES = 55.0
# the daemons publish figures every ten seconds
SEEN_AFTER = 15.0


@pytest.fixture
def cluster():
    """Serve the scenario `spike`; time passes only when told, and while a task is polled."""
    with running(load_world("spike"), BY_HAND) as simulator:
        yield simulator


@pytest.fixture
def clock(cluster):
    """Time of the cluster since now."""
    return VirtualClock(cluster)


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state.db"


@pytest.fixture
def balance(cluster, reach, run_module):
    """Run drs_balance once for each case, in their order; returns their results by name."""

    def run(**cases):
        params = reach(cluster.connection) | {"method": "cpu", "settle": 1}
        return {
            name: run_module("drs_balance", params | options, check_mode=name == "dry")
            for name, options in cases.items()
        }

    return run


def until(clock, seconds):
    """Let time pass until so many seconds after the start."""
    clock.sleep(clock.began + seconds - clock.now())


def sample_until(clock, seconds, state):
    """An earlier run looked at the cluster for a minute, by its clock, and left averages."""
    until(clock, seconds - MINUTE_OF_SAMPLES)
    kept = state_of({"state_path": str(state)}, check_mode=False)
    secret = clock.sim.connection["tokens"][TOKEN]
    with Client(connect(clock.sim, token_id="demo", token_secret=secret)) as client:
        collect_with_state(Api(client), Needs(samples=True), clock, kept)


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def looks(cluster):
    """How often the figures of the whole cluster were asked for."""
    return sum(entry.path == "/cluster/resources" for entry in cluster.log.entries())


def moved(result):
    assert not result.get("failed"), result.get("msg")
    return [move["vmid"] for step in result["plan"]["steps"] for move in step["moves"]]


def test_the_moving_average_outlives_a_run_and_a_spike(clock, state, balance):
    smoothed = {"estimator": "ema", "state_path": str(state)}
    sample_until(clock, SPIKE + 10, state)
    until(clock, SPIKE + SEEN_AFTER)
    before = digest(state)
    assert moved(balance(dry=smoothed)["dry"]) == []
    assert digest(state) == before
    found = balance(smoothed=smoothed, dry={"estimator": "snapshot"})
    assert moved(found["smoothed"]) == []
    assert moved(found["dry"])
    assert digest(state) != before


def test_load_that_lasts_moves_guests_by_the_moving_average(cluster, clock, state, balance):
    """The second run needs no minute of its own: it goes on from what the first left."""
    sample_until(clock, LASTING + MINUTE_OF_SAMPLES, state)
    cluster.advance(5.0)
    cluster.log.clear()
    smoothed = {"estimator": "ema", "state_path": str(state)}
    assert moved(balance(dry=smoothed)["dry"])
    assert looks(cluster) < 4
    result = balance(run=smoothed)["run"]
    assert moved(result)
    assert result["outcome"]["counts"]["done"] == len(moved(result))
    assert {move["source"] for move in result["outcome"]["moves"]} == {"pve1"}


def test_the_mean_waits_for_most_of_an_hour(clock, state, balance):
    patient = {"estimator": "mean", "state_path": str(state)}
    until(clock, SPIKE + SEEN_AFTER)
    found = balance(patient=patient, dry={"estimator": "snapshot"})
    assert moved(found["patient"]) == []
    assert moved(found["dry"])
    until(clock, LASTING_LONG)
    assert moved(balance(patient=patient)["patient"])
    with closing(sqlite3.connect(state)) as database:
        assert database.execute("SELECT COUNT(*) FROM averages").fetchone() == (0,)

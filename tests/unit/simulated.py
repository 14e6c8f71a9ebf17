# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A simulated cluster on loopback, with the client, the clock and the truth beside it."""

import contextlib
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import Outcome
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import collect
from ansible_collections.pve.drs.plugins.module_utils.pve.connection import Connection
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.questions import needs_before_deciding
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from simulator.scenario import read_scenario
from simulator.server import Running, running
from simulator.stage import Settings
from simulator.world.world import World

DEFAULT = Policy()
TOKEN = "drs@pve!test"
SECRET = "5b1f4a54-0c2e-4f0b-9c37-8a1f0d6e2b11"
BY_HAND = Settings(port=0, speed=0.0, auto_advance=0.0)

# Node a holds four guests of 12 GiB, b and c one each: two of the four have to go.
UNEVEN: dict[str, Any] = {
    "why": "One node holds twice what the others hold.",
    "cluster": {"name": "lab", "seed": 7},
    "defaults": {
        "node": {"cores": 16, "memory": "64G"},
        "guest": {"cores": 2, "memory": "12G", "disks": ["ceph:8G"], "load": {"cpu": 1.0, "memory": "12G"}},
    },
    "nodes": {"a": {}, "b": {}, "c": {}},
    "storages": {
        "ceph": {"type": "rbd", "content": ["images", "rootdir"]},
        "disk": {"type": "lvmthin", "content": ["images", "rootdir"]},
    },
    "users": {"drs@pve": {"password": "password-of-drs"}},
    "tokens": {TOKEN: {"secret": SECRET, "privsep": False}},
    "roles": {"DRS": ["VM.Audit", "VM.Migrate", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]},
    "acl": [{"path": "/", "user": "drs@pve", "role": "DRS"}],
    "guests": [
        {"vmid": 101, "count": 4, "node": "a"},
        {"vmid": 201, "node": "b"},
        {"vmid": 301, "node": "c"},
    ],
}


def uneven(**changes: Any) -> dict[str, Any]:
    """The scenario above with parts of it replaced; `guest` is laid over every guest."""
    scenario = copy.deepcopy(UNEVEN)
    scenario["defaults"]["guest"] |= changes.pop("guest", {})
    scenario["cluster"] |= changes.pop("cluster", {})
    return scenario | changes


@dataclass
class VirtualClock:
    """Sleeping lets the world go on; `due` holds what happens at certain moments (seconds from the start)."""

    sim: Running
    began: float = 0.0
    due: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began = self.sim.world.clock.now

    def now(self) -> float:
        return self.sim.world.clock.now

    def epoch(self) -> float:
        return self.now()

    def sleep(self, seconds: float) -> None:
        self.sim.advance(seconds)
        while self.due and self.now() - self.began >= self.due[0][0]:
            self.due.pop(0)[1]()


@dataclass
class Scene:
    """One client before one simulated cluster."""

    sim: Running
    client: Client
    clock: VirtualClock
    policy: Policy = DEFAULT
    stop: Stop | None = None

    @property
    def world(self) -> World:
        return self.sim.world

    @property
    def api(self) -> Api:
        return Api(self.client)

    def decide(self) -> Plan:
        return decide(self.api, self.collect(), self.policy)

    def collect(self) -> Cluster:
        """What the policy needs before it can decide."""
        return collect(self.api, needs_before_deciding(self.policy), self.clock)

    def execute(self, plan: Plan, **options: float) -> Outcome:
        return execute(plan, self.api, self.clock, self.stop or Stop(self.clock), ExecuteOptions(**options))

    def node_of(self, vmid: int) -> str | None:
        guest = self.world.guests.get(vmid)
        return guest.node if guest else None

    def writes(self) -> list[str]:
        """Writing requests that the cluster has seen, logins apart."""
        return [f"{entry.verb} {entry.path}" for entry in self.sim.log.writing()]


@contextlib.contextmanager
def scene(scenario: dict[str, Any], policy: Policy | None = None, **connection: Any) -> Iterator[Scene]:
    """Serve a scenario, and connect to it with the token unless the connection says otherwise."""
    world = World(read_scenario(scenario, Path()))
    with running(world, BY_HAND) as sim, Client(connect(sim, **connection)) as client:
        yield Scene(sim, client, VirtualClock(sim), policy or DEFAULT)


def connect(sim: Running, **changes: Any) -> Connection:
    """A connection to all nodes of a simulator."""
    nodes = list(sim.connection["nodes"].values())
    given: dict[str, Any] = {
        "hosts": tuple(node["host"] for node in nodes),
        "port": nodes[0]["port"],
        "user": "drs@pve",
        "token_id": "test",
        "token_secret": SECRET,
        "ca_path": sim.connection["ca_path"],
    }
    return Connection(**(given | changes))

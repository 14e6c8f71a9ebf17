# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Check mode of every module: it tells of changes, sends nothing that writes, and leaves every file as it is."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cryptography", reason="the simulator needs cryptography")
pytest.importorskip("proxmoxer", reason="the client needs proxmoxer")

from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Evacuation, Home
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.access import keep_access
from ansible_collections.pve.drs.plugins.module_utils.glue.access_options import granting
from ansible_collections.pve.drs.plugins.module_utils.glue.commands import balance, show
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuate import evacuate
from ansible_collections.pve.drs.plugins.module_utils.glue.place import place
from ansible_collections.pve.drs.plugins.module_utils.glue.placing_arguments import placing
from ansible_collections.pve.drs.plugins.module_utils.glue.pool_keeping import keep_pools
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_keeping import keep
from ansible_collections.pve.drs.plugins.module_utils.state.evacuations import remember_evacuation
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.homes import remember_homes
from ansible_collections.pve.drs.tests.unit.simulated import BY_HAND, uneven
from ansible_collections.pve.drs.tests.unit.simulated_access import login_of, with_root
from simulator.scenario import read_scenario
from simulator.server import Running, running
from simulator.world.world import World

MODULES = Path(__file__).parents[3] / "plugins" / "modules"
SPECS = {
    balance: arguments.judging()
    | arguments.moving()
    | arguments.executing()
    | arguments.timing()
    | arguments.keeping_plans()
    | arguments.leading()
    | arguments.observing(),
    evacuate: arguments.judging() | arguments.moving() | arguments.executing() | arguments.evacuating(),
    place: arguments.judging() | arguments.guarding() | placing(),
    keep: arguments.keeping_rules(),
    keep_pools: arguments.pooling(),
    keep_access: granting(),
    show: arguments.judging() | arguments.gathering(),
}
RULES = [
    {"name": "near", "type": "together", "guests": [101, 102]},
    {"name": "home", "type": "pin", "guests": [103]},
]
POOLS = [{"name": "high", "shares": "high", "members": [101]}, {"name": "low", "members": [102]}]
TOKEN = {"token": "new@pve!balance", "uses": ["balance", "rules"]}

# Node a is full by memory, and its first two guests want more cores than the whole cluster has.
NODES = {"a": {}, "b": {"cores": 4}, "c": {"cores": 4}}
GUESTS = [
    {"vmid": 101, "count": 2, "node": "a", "cores": 16, "load": {"cpu": 16, "memory": "12G"}},
    {"vmid": 103, "count": 2, "node": "a"},
    {"vmid": 201, "node": "b"},
    {"vmid": 301, "node": "c"},
    {"vmid": 401, "node": "a", "status": "stopped"},
]


@dataclass
class Lab:
    """A simulated cluster with guests that run, one that does not, and a folder for everything that is written."""

    sim: Running
    folder: Path

    def call(self, command: Callable[..., Any], *, check: bool, **options: Any) -> Any:
        """Options that name a file hold its name in the folder."""
        spec = arguments.connection() | SPECS[command]
        given = {name: option.get("default") for name, option in spec.items()} | login_of(self.sim)
        files = {"state_path": "state.sqlite", "secret_file": "secret", "prometheus_file": "drs.prom"}
        paths = {option: str(self.folder / name) for option, name in files.items() if option in spec}
        return command(given | paths | options, check_mode=check)

    def writes(self) -> list[str]:
        """Logins apart."""
        return [f"{one.verb} {one.path}" for one in self.sim.log.writing() if not one.path.endswith("/access/ticket")]

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Content and time of the last change of everything in the folder."""
        return {one.name: (one.read_bytes(), one.stat().st_mtime_ns) for one in self.folder.iterdir()}

    def weights(self) -> dict[int, Any]:
        return {vmid: guest.config.get("cpuunits") for vmid, guest in self.sim.world.guests.items()}


@pytest.fixture
def lab(tmp_path):
    """Signals are as before afterwards."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
    before = {number: signal.getsignal(number) for number in numbers}
    scenario = with_root(uneven(guests=GUESTS, nodes=NODES))
    with running(World(read_scenario(scenario, Path())), BY_HAND) as sim:
        yield Lab(sim, tmp_path)
    for number, handler in before.items():
        signal.signal(number, handler)


def away_from_home(lab: Lab) -> None:
    """Guest 103 was sent to node a when c was emptied."""
    state = StateFile(path=lab.folder / "state.sqlite", is_read_only=False)
    remember_evacuation(state, "lab", Evacuation(node="c", phase="drained", time=time.time()))
    remember_homes(state, "lab", [Home(vmid=103, node="c", target="a", was_running=True, time=time.time())])


def weighted(lab: Lab) -> None:
    lab.call(keep_pools, check=False, pools=POOLS)


def tagged(lab: Lab) -> None:
    lab.call(keep, check=False, rules=RULES)


def granted(lab: Lab) -> None:
    lab.call(keep_access, check=False, **TOKEN)


@dataclass(frozen=True)
class Case:
    """What a module is asked for, after what; `writes` where the real run can be made without waiting for guests to move."""

    command: Callable[..., Any]
    options: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Lab], None] = away_from_home
    writes: bool = False


CASES = {
    "balance": Case(balance, {"settle": 0}),
    "balance by holds and habits": Case(balance, {"policy": "relief", "hold": 3, "settle": 0}),
    "empty a node": Case(evacuate, {"nodes": ["b"]}),
    "empty a node that cannot be": Case(evacuate, {"nodes": ["b"], "rules": [RULES[1] | {"guests": [201]}]}),
    "power off what cannot leave": Case(
        evacuate, {"nodes": ["b"], "on_blocked": "shutdown", "rules": [RULES[1] | {"guests": [201]}]}
    ),
    "bring guests home": Case(evacuate, {"nodes": ["c"], "state": "returned", "ready_uptime": 0}),
    "level out after an evacuation": Case(evacuate, {"nodes": ["c"], "state": "returned", "return": "rebalance"}),
    "start a guest": Case(place, {"guests": [401], "state": "started"}),
    "place a guest": Case(place, {"guests": [401], "state": "placed"}),
    "keep rules": Case(keep, {"rules": RULES}, writes=True),
    "remove rules": Case(keep, {"rules": RULES, "state": "absent"}, before=tagged, writes=True),
    "keep pools": Case(keep_pools, {"pools": POOLS}, writes=True),
    "put back what pools wrote": Case(keep_pools, {"state": "absent"}, before=weighted, writes=True),
    "make a token": Case(keep_access, TOKEN, writes=True),
    "give a token another secret": Case(keep_access, TOKEN | {"regenerate": True}, before=granted, writes=True),
    "remove a token": Case(keep_access, TOKEN | {"state": "absent"}, before=granted, writes=True),
    "write figures": Case(show, {"gather": ["balance"]}, writes=True),
}


def test_every_module_has_a_case():
    names = {"balance": balance, "evacuate": evacuate, "place": place, "rules": keep, "pools": keep_pools}
    names |= {"access": keep_access, "facts": show}
    assert {one.stem.removeprefix("drs_") for one in MODULES.glob("drs_*.py")} == names.keys()
    assert {case.command for case in CASES.values()} == set(names.values())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_check_mode_writes_nothing_anywhere(lab, case):
    case.before(lab)
    writes, files, weights = lab.writes(), lab.files(), lab.weights()
    told = lab.call(case.command, check=True, **case.options)
    assert told.values["changed"] or told.failure or case.writes
    assert (lab.writes(), lab.files(), lab.weights()) == (writes, files, weights)
    if case.writes:
        done = lab.call(case.command, check=False, **case.options)
        assert (lab.writes(), lab.files()) != (writes, files)
        assert (told.values["changed"], told.diff) == (done.values["changed"], done.diff)
        assert told.values.get("changes") == done.values.get("changes")

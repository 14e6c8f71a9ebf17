# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The clusters that the genuine daemons ran when they were recorded, built for the simulator."""

from __future__ import annotations

from simulator.world.ha_data import HaResource, HaRule, HaSpec
from simulator.world.loads import Constant, Demand
from simulator.world.model import GIB, Guest, Node, Storage
from simulator.world.process import Body
from simulator.world.spec import Access, AclEntry, Token, User, WorldSpec
from simulator.world.tasks import ROOT, Task
from simulator.world.world import World

PASSWORDS = {"drs@pve": "secret12345", "viewer@pve": "viewer12345", "nobody@pve": "nobody12345"}
SECRETS = {
    "drs@pve!full": "6f1b5c9e-0d0a-4f7a-9c39-5b8f0c6c7a01",
    "drs@pve!sep": "6f1b5c9e-0d0a-4f7a-9c39-5b8f0c6c7a02",
    "root@pam!t1": "6f1b5c9e-0d0a-4f7a-9c39-5b8f0c6c7a03",
}
STARTED = {"9.2.11": 1795190637.0, "8.4.21": 1795192505.0}
PROFILES = {"9.2.11": "9.2", "8.4.21": "8.4"}
SEED = 1
BOOTED = 1795187738.0
CONTENT = ("backup", "images", "rootdir", "iso", "vztmpl", "snippets")
LOCAL = {"path": "/var/lib/vz", "priority": 0, "prune-backups": "keep-all=1"}
PLACES = {110: "pve2", 111: "pve3", 120: "pve2", 121: "pve2", 130: "pve3", 131: "pve3"}
MANAGED = (110, 111, 120, 130)


def build(pve: str) -> World:
    """Build the cluster as it was when the recording of that version began."""
    is_nine = pve.startswith("9")
    world = World(
        WorldSpec(
            name="simreal",
            profile=PROFILES[pve],
            seed=SEED,
            start=STARTED[pve],
            nodes=tuple(_node(number) for number in (1, 2, 3)),
            guests=tuple(_guest(vmid) for vmid in PLACES) if is_nine else (),
            storages=(Storage("local", "dir", CONTENT, is_shared=False, total=252 * GIB, used=30 * GIB, extra=LOCAL),),
            access=_access(),
            ha=_ha() if is_nine else HaSpec(),
        )
    )
    if is_nine:
        _add_past(world)
    return world


def _node(number: int) -> Node:
    return Node(f"pve{number}", number, 32, 128 * GIB, f"10.99.0.1{number}", boot_time=BOOTED)


def _guest(vmid: int) -> Guest:
    """Small diskless machines; those under HA run."""
    config: dict[str, object] = {
        "name": f"vm{vmid}", "cores": 1, "boot": " ", "meta": "creation-qemu=7.2.22,ctime=1795189633",
        "smbios1": "uuid=b76b1ad3-5cd9-49d0-afb9-7e9af43c96c3", "vmgenid": "f7a8e1e2-74d0-485b-8dac-c5f281ba44d1",
    }  # fmt: skip
    if vmid not in MANAGED:
        return Guest(vmid, "qemu", PLACES[vmid], config)
    config |= {"memory": "64", "balloon": 0, "kvm": 0}
    load = Constant(Demand(0.05, 30e6))
    traits = {"status": "running", "qmp_status": "running", "start_time": 1795190435.0, "pid": 15935}
    return Guest(vmid, "qemu", PLACES[vmid], config, load, **traits)


def _access() -> Access:
    return Access(
        users=(User("root@pam", "root12345"), *(User(name, password) for name, password in PASSWORDS.items())),
        tokens=tuple(
            Token(*name.split("!"), secret, privilege_separation=name.endswith("sep"))
            for name, secret in SECRETS.items()
        ),
        acl=(
            AclEntry("/", "user", "drs@pve", "Administrator"),
            AclEntry("/", "user", "viewer@pve", "PVEAuditor"),
        ),
    )


def _ha() -> HaSpec:
    resources = tuple(HaResource(f"vm:{vmid}", given={"state": "started"}) for vmid in MANAGED)
    apart = HaRule("keep-apart", "resource-affinity", frozenset({"vm:111", "vm:120"}), affinity="negative",
                   comment="by tool")  # fmt: skip
    home = HaRule("n1", "node-affinity", frozenset({"vm:110"}), {"pve2": 2, "pve3": 0}, strict=True)
    return HaSpec(resources, (apart, home))


def _add_past(world: World) -> None:
    """Tasks had been run before, and the managers had long done their first rounds."""

    def body(task: Task) -> Body:
        task.print(f"{task.type} {task.id}")
        yield 0.1

    for kind in ("qmigrate", "qmstart"):
        world.tasks.start("pve2", kind, "110", ROOT, body)
    # 110 had come from pve1 shortly before.
    local = world.ha.lrms["pve1"]
    local.last_used = world.clock.now
    local.results["A+VxYQQfkkJwCFm0+sqDVw"] = {"exit_code": 0, "sid": "vm:110", "state": "migrate"}
    world.clock.advance(25.0)

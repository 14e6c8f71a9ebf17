# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""A large cluster from a few numbers and a seed, for measurements."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .reading import Section, link_speed, number, positive, share, size
from .world.loads import Daily, Demand, Load, Noisy
from .world.model import GIB, Guest, Node, Overhead
from .world.shape import MIB
from .world.spec import WorldSpec

# Cores and GiB of memory of the guests, with how often they occur.
SIZES = ((1, 1, 20), (2, 4, 35), (4, 8, 25), (8, 16, 12), (8, 32, 6), (16, 64, 2))
FIRST_VMID = 1000
DEFAULT_MEMORY = 1024 * GIB


@dataclass(frozen=True)
class Fleet:
    """How large and how uneven: `uneven` 0 spreads guests evenly, 1 leaves some nodes nearly empty."""

    nodes: int
    guests: int
    cores: int
    memory: int
    link: float
    containers: float
    stopped: float
    uneven: float
    storage: str
    dirty: float


def build_fleet(section: Section, spec: WorldSpec, nodes: list[Node], guests: list[Guest]) -> None:
    """Append the nodes and guests of a `fleet` section; the same seed makes the same cluster."""
    fleet = Fleet(
        nodes=section.take("nodes", positive),
        guests=section.take("guests", positive),
        cores=section.take("cores", positive, 128),
        memory=section.take("memory", size, DEFAULT_MEMORY),
        link=section.take("link", link_speed, 25e9 / 8),
        containers=section.take("containers", share, 0.2),
        stopped=section.take("stopped", share, 0.05),
        uneven=section.take("uneven", share, 0.5),
        storage=section.take("storage", str, "shared"),
        dirty=section.take("dirty", number, 20.0),
    )
    section.done()
    rng = random.Random(spec.seed)
    made = [_node(fleet, spec, k) for k in range(1, fleet.nodes + 1)]
    nodes += made
    names = [node.name for node in made]
    weights = [1 + fleet.uneven * rng.uniform(-1, 1) for _unused in names]
    places = rng.choices(names, weights, k=fleet.guests)
    guests += [_guest(fleet, rng, (FIRST_VMID + k, place)) for k, place in enumerate(places)]


def _node(fleet: Fleet, spec: WorldSpec, k: int) -> Node:
    return Node(
        name=f"node{k:02d}",
        number=k,
        cores=fleet.cores,
        memory=fleet.memory,
        address=f"10.1.0.{k}",
        overhead=Overhead(1.0, 8.0 * GIB),
        link=fleet.link,
        boot_time=spec.start - 30 * 86_400.0,
        pve_version={"8.4": "8.4.21", "9.0": "9.0.11"}.get(spec.profile, "9.2.11"),
    )


def _guest(fleet: Fleet, rng: random.Random, who: tuple[int, str]) -> Guest:
    vmid, place = who
    cores, gigabytes = rng.choices([row[:2] for row in SIZES], [row[2] for row in SIZES])[0]
    memory = gigabytes * GIB
    kind = "lxc" if rng.random() < fleet.containers else "qemu"
    line = f"{fleet.storage}:vm-{vmid}-disk-0,size={8 * cores}G"
    config: dict[str, object] = {"cores": cores, "memory": memory // MIB}
    if kind == "qemu":
        config |= {
            "name": f"vm{vmid}",
            "memory": str(memory // MIB),
            "sockets": 1,
            "boot": "order=scsi0",
            "scsi0": line,
        }
    else:
        config |= {"hostname": f"ct{vmid}", "swap": 512, "rootfs": line}
    status = "stopped" if rng.random() < fleet.stopped else "running"
    return Guest(
        vmid, kind, place, config, load=_load(rng, vmid, cores, memory), status=status, qmp_status=status,
        dirty_rate=fleet.dirty * MIB * rng.random(),
    )  # fmt: skip


def _load(rng: random.Random, vmid: int, cores: int, memory: int) -> Load:
    """A daily curve of its own height and hour, with noise."""
    used, busy = rng.uniform(0.3, 0.9), rng.betavariate(1.3, 5)
    night = Demand(cores * busy * 0.4, memory * used)
    peak = Demand(cores * min(1.0, busy * 1.6), memory * min(1.0, used * 1.05))
    return Noisy(Daily(night, peak, rng.uniform(8, 20)), 0.15, vmid)

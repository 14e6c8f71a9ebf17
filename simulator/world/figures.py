# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The figures of nodes and guests at one moment, computed from loads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .cgroups import ENOUGH, Claim, Levels, level, levels
from .disk_io import DiskIo
from .model import Guest, Node
from .shape import MIB, Shape

# Memory of the QEMU process beside the guest's own.
PROCESS_MEMORY = 48 * MIB
# Cores that one migration under way costs at each end.
MIGRATION_CORES = 0.5
# Above this share of used memory, guests begin to wait for memory.
MEMORY_PRESSURE_FROM = 0.9


@dataclass(frozen=True, slots=True)
class NodeFigures:
    """One broadcast of a node: cpu and iowait as fractions, bytes, seconds; pressure in percent of time."""

    time: float
    cpu: float
    maxcpu: int
    mem: int
    maxmem: int
    disk: int
    maxdisk: int
    uptime: int
    loadavg: float
    iowait: float
    pressure_cpu: float
    pressure_memory: float
    pressure_io: float
    pressure_io_full: float
    netin: float
    netout: float


class GuestFigures(NamedTuple):
    """One broadcast of a guest: cpu as a fraction of maxcpu, byte counters since its start."""

    time: float
    node: str
    name: str
    template: int
    status: str
    cpu: float
    maxcpu: float
    mem: int
    maxmem: int
    memhost: int
    disk: int
    maxdisk: int
    uptime: int
    netin: int
    netout: int
    diskread: int
    diskwrite: int
    pressure_cpu: float
    pressure_memory: float
    pressure_io: float
    # Bytes that ballooning leaves.
    balloon: int


class Measured(NamedTuple):
    """Wanted on a node at one moment; `share` is the part of the wanted cpu that is there, `levels` say who gets what.

    Percent of time: `pressure_memory` is the same for all, `waits` for disks by guest.
    """

    share: float
    levels: Levels
    cpu: float
    memory: float
    net: float
    pressure_memory: float
    waits: Mapping[int, float]
    # Bytes that ballooning gives for each share; infinite where there is no need to take any back.
    balloon: float


class Wishes(NamedTuple):
    """What guests of a node ask for: cores by type of guest, bytes that they hold in any case, and those to be shared."""

    cores: dict[str, list[Claim]]
    memory: float
    elastic: list[Claim]


def measure(
    node: Node, running: Sequence[Guest], moment: float, io: DiskIo, extra: tuple[float, float] = (0.0, 0.0)
) -> Measured:
    """Sum up the demand of guests, host overhead and the extra cores and bytes of migrations."""
    wishes = _wishes(node, running, moment)
    host = node.overhead.cpu + extra[0]
    cpu = host + sum(claim.wanted for claims in wishes.cores.values() for claim in claims)
    share = min(1.0, node.cores / cpu) if cpu > 0 else 1.0
    shared = levels(node.cores, host, wishes.cores["qemu"], wishes.cores["lxc"]) if share < 1 else ENOUGH
    memory = node.overhead.memory + node.arc - node.ksm + extra[1] + wishes.memory
    spare = max(0.0, node.ballooning_target * node.memory - memory)
    held = min(spare, sum(claim.wanted for claim in wishes.elastic))
    memory += held
    net = sum(guest.net_rate for guest in running)
    pressure, balloon = _memory_pressure(memory / node.memory), _balloon_level(spare, wishes.elastic)
    return Measured(share, shared, cpu, memory, net, pressure, io.waits(running), balloon)


def _wishes(node: Node, running: Sequence[Guest], moment: float) -> Wishes:
    cores: dict[str, list[Claim]] = {"qemu": [], "lxc": []}
    elastic: list[Claim] = []
    memory = 0.0
    for guest in running:
        shape, wanted = guest.shapes.at(moment), guest.wants(moment)
        asked = min(wanted.cpu, shape.cores or node.cores, shape.limit)
        cores[guest.type].append(Claim(shape.weight, asked))
        used = min(wanted.memory, shape.memory)
        memory += host_memory(guest.type, min(used, shape.floor))
        if used > shape.floor:
            elastic.append(Claim(shape.shares, used - shape.floor))
    return Wishes(cores, memory, elastic)


def _balloon_level(spare: float, elastic: list[Claim]) -> float:
    return level(spare, elastic) if sum(claim.wanted for claim in elastic) > spare else math.inf


def host_memory(kind: str, used: float) -> float:
    """Bytes that a running guest takes on its host when it uses so many."""
    return used + PROCESS_MEMORY if kind == "qemu" else used


def node_figures(node: Node, moment: float, measured: Measured) -> NodeFigures:
    """What the node tells of itself; never more than it has."""
    used_memory = min(max(0.0, measured.memory), node.memory)
    busy = min(1.0, measured.cpu / node.cores)
    waiting = _any_waits(measured.waits.values())
    return NodeFigures(
        time=moment,
        cpu=busy,
        maxcpu=node.cores,
        mem=int(used_memory),
        maxmem=node.memory,
        disk=node.root_used,
        maxdisk=node.root_size,
        uptime=int(moment - node.boot_time),
        loadavg=round(measured.cpu, 2),
        iowait=0.001 + (1 - busy) * waiting / 100,
        pressure_cpu=waiting_share(measured.share),
        pressure_memory=measured.pressure_memory,
        pressure_io=waiting,
        pressure_io_full=max(measured.waits.values(), default=0.0) / 2,
        netin=measured.net,
        netout=measured.net,
    )


def guest_figures(guest: Guest, node: Node, moment: float, measured: Measured | None) -> GuestFigures:
    """What its node tells of a guest; what was measured there decides what it gets, None when it is stopped."""
    if measured is None:
        return _stopped_figures(guest, node, moment)
    shape, wanted = guest.shapes.at(moment), guest.wants(moment)
    cores = guest_cores(shape, node)
    asked = min(wanted.cpu, cores)
    given = min(asked, shape.limit, shape.weight * measured.levels.of(guest.type))
    balloon = shape.balloon(measured.balloon)
    memory = int(min(wanted.memory, balloon))
    uptime = max(0.0, moment - guest.start_time)
    net, disk = int(guest.net_rate * uptime), int(guest.disk_rate * uptime)
    status = guest.qmp_status if guest.type == "qemu" else guest.status
    is_vm = guest.type == "qemu"
    return GuestFigures(
        moment, node.name, guest.name, int(guest.is_template), status,
        given / cores, cores, memory, shape.memory, int(host_memory("qemu", memory)) if is_vm else 0,
        0 if is_vm else guest.disk_size // 4, guest.disk_size, int(uptime), net, net // 2, disk, disk * 2,
        waiting_share(given / asked if asked else 1.0), measured.pressure_memory, measured.waits.get(guest.vmid, 0.0),
        balloon,
    )  # fmt: skip


def guest_cores(shape: Shape, node: Node) -> float:
    """Cores as listings show it: never more than the node has, all of it when unlimited."""
    return min(shape.cores, float(node.cores)) if shape.cores else float(node.cores)


def guest_pressures(figures: GuestFigures) -> dict[str, float]:
    """Pressure by resource and kind, in percent of time; everybody waits half as long as anybody."""
    some = {"cpu": figures.pressure_cpu, "io": figures.pressure_io, "memory": figures.pressure_memory}
    return {f"{name}some": value for name, value in some.items()} | {
        f"{name}full": value / 2 for name, value in some.items()
    }


def waiting_share(share: float) -> float:
    """Percent of time in which work waits for a processor when it gets only this share."""
    return round(100 * (1 - share), 2)


def _any_waits(percents: Iterable[float]) -> float:
    """Percent of time in which somebody waits, when each waits independently of the others."""
    return round(100 * (1 - math.prod(1 - percent / 100 for percent in percents)), 2)


def _memory_pressure(used: float) -> float:
    return round(min(100.0, max(0.0, 400 * (used - MEMORY_PRESSURE_FROM))), 2)


def _stopped_figures(guest: Guest, node: Node, moment: float) -> GuestFigures:
    shape = guest.shapes.at(moment)
    return GuestFigures(
        moment, node.name, guest.name, int(guest.is_template), "stopped",
        0.0, guest_cores(shape, node), 0, shape.memory, 0, 0, guest.disk_size, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, shape.memory,
    )  # fmt: skip

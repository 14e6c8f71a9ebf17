# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a cluster consists of: nodes, guests, storages, pools, mappings."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

from .drives import Drive, boot_size, parse_drives
from .loads import IDLE, Demand, Load, warmed
from .pending import Pending
from .shape import Shapes, shape_of
from .snapshots import Snapshot

GIB = 1024**3
CPU_MODEL = "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz"


@dataclass(frozen=True)
class Overhead:
    """What a node itself uses: cpu in cores, memory in bytes."""

    cpu: float = 0.5
    memory: float = 2.0 * GIB


@dataclass(slots=True)
class Node:
    """One host. Link in bytes per second, memory and root file system in bytes."""

    name: str
    number: int
    cores: int
    memory: int
    address: str
    overhead: Overhead = Overhead()
    link: float = 1.25e9
    boot_time: float = 0.0
    sockets: int = 2
    # Level of x86-64 (1 to 4) and flags beyond it and beyond what every processor of the vendor has.
    cpu_vendor: str = "GenuineIntel"
    cpu_level: int = 4
    cpu_flags: tuple[str, ...] = ()
    cpu_model: str = CPU_MODEL
    cpu_mhz: float = 2000.0
    root_size: int = 100 * GIB
    root_used: int = 12 * GIB
    swap: int = 8 * GIB
    swap_used: int = 0
    # Part of the memory in use: cache of ZFS; memory that merging equal pages of guests has spared.
    arc: int = 0
    ksm: int = 0
    # Above this share of its memory, ballooning takes some back.
    ballooning_target: float = 0.8
    # When nothing was recorded, from and until (epoch seconds).
    gaps: tuple[tuple[float, float], ...] = ()
    pve_version: str = ""
    kernel: str = ""
    is_powered: bool = True
    is_linked: bool = True
    daemon_up: bool = True
    publishes: bool = True

    @property
    def online(self) -> bool:
        """Member of the cluster: has power and its cluster link."""
        return self.is_powered and self.is_linked

    @property
    def is_heard(self) -> bool:
        """Its figures reach the cluster."""
        return self.online and self.publishes


@dataclass(slots=True, eq=False)
class Guest:
    """One VM or container. `config` is the truth; its shape, `cores` and `memory` (bytes) among it, is read from it."""

    vmid: int
    type: str
    node: str
    config: dict[str, object]
    load: Load = IDLE
    status: str = "stopped"
    qmp_status: str = "stopped"
    start_time: float = 0.0
    pid: int = 0
    # The machine type of the running process; empty while a VM is stopped.
    machine: str = ""
    dirty_rate: float = 0.0
    net_rate: float = 20_000.0
    disk_rate: float = 200_000.0
    shutdown_seconds: float = 8.0
    # Seconds from a start until the guest asks for all of its load, and when it was started, oldest first.
    warm_up: float = 0.0
    starts: list[float] = field(default_factory=list)
    # When a guest that is stopped ran before, from and until (epoch seconds).
    last_run: tuple[float, float] | None = None
    # What has been asked for and waits for the next start.
    pending: Pending = field(default_factory=Pending)
    # Oldest first.
    snapshots: list[Snapshot] = field(default_factory=list)
    shapes: Shapes = field(init=False)
    disk_size: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.shapes = Shapes(shape_of(self.type, self.config))
        self.disk_size = boot_size(self.type, self.config)

    def rewrite(self, config: dict[str, object], moment: float) -> None:
        """Take another config, and its shape and disk size, at a time (epoch seconds); ValueError when it is none."""
        self.shapes.then(moment, shape_of(self.type, config))
        self.config = config
        self.disk_size = boot_size(self.type, config)

    @property
    def cores(self) -> float:
        """Virtual processors; 0 for a container that may use all of its node."""
        return self.shapes.latest.cores

    @property
    def memory(self) -> int:
        return self.shapes.latest.memory

    def wants(self, moment: float) -> Demand:
        """What the guest asks for at a moment, if it runs then."""
        wanted = self.load.at(moment)
        if not self.warm_up:
            return wanted
        index = bisect.bisect_right(self.starts, moment)
        return warmed(wanted, moment - self.starts[index - 1], self.warm_up) if index else wanted

    @property
    def is_running(self) -> bool:
        return self.status == "running"

    @property
    def is_template(self) -> bool:
        return bool(self.config.get("template"))

    @property
    def name(self) -> str:
        """The name as listings show it."""
        key, prefix = ("name", "VM ") if self.type == "qemu" else ("hostname", "CT")
        return str(self.config.get(key) or f"{prefix}{self.vmid}")

    @property
    def lock(self) -> str | None:
        value = self.config.get("lock")
        return str(value) if value else None

    @property
    def tags(self) -> str:
        """Tags as the config holds them, separated by semicolons; empty when none."""
        return str(self.config.get("tags") or "")

    @property
    def sid(self) -> str:
        """The name of this guest as a HA resource."""
        return f"{'vm' if self.type == 'qemu' else 'ct'}:{self.vmid}"

    @property
    def word(self) -> str:
        """VM or CT, as messages say it."""
        return "VM" if self.type == "qemu" else "CT"

    @property
    def config_path(self) -> str:
        """Where the config file lies, as error texts name it."""
        return self.path_on(self.node)

    def path_on(self, node: str) -> str:
        """Where the config file lies when the guest belongs to that node."""
        folder = "qemu-server" if self.type == "qemu" else "lxc"
        return f"nodes/{node}/{folder}/{self.vmid}.conf"

    def drives(self) -> tuple[Drive, ...]:
        """Disks, CD drives and mount points named in the config."""
        return parse_drives(self.type, self.config)


@dataclass(slots=True)
class Storage:
    """One storage of the cluster; total and used in bytes per node, or once when shared.

    `speed` is what it reads and writes at most, in bytes per second; 0 stands for more than anybody asks for.
    """

    name: str
    type: str
    content: tuple[str, ...]
    is_shared: bool
    total: int
    used: int
    nodes: tuple[str, ...] = ()
    is_enabled: bool = True
    extra: dict[str, object] = field(default_factory=dict)
    broken_on: set[str] = field(default_factory=set)
    # Bytes that a node has beyond `used`, or that migrations have brought to (or taken from) it.
    shifted: dict[str, int] = field(default_factory=dict)
    speed: float = 0.0

    def used_on(self, node: str) -> int:
        """Bytes in use as that node sees them."""
        return self.used + (0 if self.is_shared else self.shifted.get(node, 0))

    def add(self, node: str, size: int) -> None:
        """A volume of that size came to a node, or left it (negative)."""
        self.shifted[node] = self.shifted.get(node, 0) + size

    def is_usable_on(self, node: str) -> bool:
        """Enabled and allowed on that node (not: reachable there)."""
        return self.is_enabled and (not self.nodes or node in self.nodes)


@dataclass(slots=True)
class Pool:
    """A resource pool."""

    name: str
    comment: str = ""
    vmids: set[int] = field(default_factory=set)
    storages: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class DeviceMapping:
    """A cluster-wide device name: entry texts per node, one for each device; kind is pci, usb or dir."""

    name: str
    kind: str
    entries: dict[str, tuple[str, ...]]
    live_migration: bool = False
    # Devices that several guests can share (vGPU).
    mdev: bool = False
    description: str = ""

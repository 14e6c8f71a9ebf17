# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The guests of a scenario file: single ones and numbered groups."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .reading import ScenarioError, Section, number, one_of, positive, seconds, size, text, texts, yes_or_no
from .scenario_loads import LoadContext, read_load
from .world.drives import SIZE_UNITS
from .world.loads import IDLE, Load
from .world.model import Guest, Node, Pool
from .world.shape import MIB, shape_of
from .world.snapshots import Snapshot
from .world.spec import WorldSpec

QMP_STATES = ("running", "paused", "suspended", "io-error", "prelaunch", "internal-error", "guest-panicked")
LOCKS = ("backup", "clone", "create", "migrate", "rollback", "snapshot", "snapshot-delete", "suspending", "suspended",
         "destroyed", "disk", "fstrim", "mounted")  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """What differs between the members of a numbered group."""

    vmid: int
    name: str
    node: str


class GuestReader:
    """Reads guests; collects what they say about pools and HA."""

    def __init__(self, spec: WorldSpec, folder: Path, storages: set[str], pools: dict[str, Pool]) -> None:
        self._spec = spec
        self._folder = folder
        self._storages = storages
        self._pools = pools
        self.ha: dict[int, object] = {}

    def read(self, section: Section, nodes: Sequence[Node]) -> list[Guest]:
        """The guest of this entry, or all guests of its group."""
        count = section.take("count", positive, 1)
        first = section.take("vmid", positive)
        name = section.take("name", text, "guest{n}" if count > 1 else f"guest{first}")
        places = section.take("nodes", texts, ()) if section.has("nodes") else (section.take("node", text),)
        kept = section.rest()
        members = [Identity(first + k, name.replace("{n}", str(k + 1)), places[k % len(places)]) for k in range(count)]
        return [self._guest(Section(section.place, kept), member, nodes) for member in members]

    def _guest(self, section: Section, who: Identity, nodes: Sequence[Node]) -> Guest:
        kind = section.take("type", one_of("qemu", "lxc"), "qemu")
        config = self._whole_config(section, kind, who)
        status = section.take(
            "status", one_of("running", "stopped"), "stopped" if config.get("template") else "running"
        )
        qmp = section.take("state", one_of(*QMP_STATES), status) if status == "running" else "stopped"
        guest = Guest(
            who.vmid, kind, who.node, config, status=status, qmp_status=qmp,
            dirty_rate=section.take("dirty", size, 0), shutdown_seconds=section.take("shutdown", seconds, 8.0),
            net_rate=section.take("net", size, 20_000), disk_rate=section.take("io", size, 200_000),
            warm_up=section.take("warm_up", seconds, 0.0), last_run=self._last_run(section, status),
        )  # fmt: skip
        guest.snapshots = [self._snapshot(row, guest) for row in section.items("snapshots")]
        self._join(section, guest)
        guest.load = self._load(section, guest, nodes)
        section.done()
        return guest

    def _whole_config(self, section: Section, kind: str, who: Identity) -> dict[str, object]:
        """What the keys of the entry make of the config, and what it says itself."""
        config = _config(section, kind, who, self._spec.start) | self._disks(section, kind, who.vmid)
        config |= section.section("config").rest()
        try:
            shape_of(kind, config)
        except ValueError as error:
            raise ScenarioError(f"{section.place}.config: {error}") from error
        return config

    def _last_run(self, section: Section, status: str) -> tuple[float, float] | None:
        """When a stopped guest ran: `ran: {ago: 1d, lasts: 6h}`."""
        if not section.has("ran"):
            return None
        ran = section.section("ran")
        since = self._spec.start - ran.take("ago", seconds)
        until = since + ran.take("lasts", seconds)
        ran.done()
        if status != "stopped" or until > self._spec.start:
            raise ScenarioError(f"{ran.place}: only a guest that is stopped has run before, and its run has ended")
        return since, until

    def _snapshot(self, section: Section, guest: Guest) -> Snapshot:
        """A snapshot `{name: before, ago: 1d}`; `state: STORAGE` holds the memory as well."""
        name = section.take("name", text)
        storage = section.take("state", text, "")
        if storage and storage not in self._storages:
            raise ScenarioError(f"{section.place}.state: unknown storage '{storage}'")
        made = self._spec.start - section.take("ago", seconds, 86_400.0)
        state = f"{storage}:vm-{guest.vmid}-state-{name}" if storage else ""
        snapshot = Snapshot(name, made, dict(guest.config), state, section.take("description", text, ""))
        section.done()
        return snapshot

    def _join(self, section: Section, guest: Guest) -> None:
        pool = section.take("pool", text, None)
        if pool is not None:
            self._pools.setdefault(pool, Pool(pool)).vmids.add(guest.vmid)
        ha = section.take("ha", lambda value: value, None)
        if ha is not None:
            self.ha[guest.vmid] = ha

    def _load(self, section: Section, guest: Guest, nodes: Sequence[Node]) -> Load:
        value = section.take("load", lambda found: found, None)
        if value is None:
            return IDLE
        cores = guest.cores or next((node.cores for node in nodes if node.name == guest.node), 1)
        seed = self._spec.seed * 100_000 + guest.vmid
        context = LoadContext(cores, guest.memory, self._spec.start, seed, self._folder, guest.vmid)
        return read_load(f"{section.place}.load", value, context)

    def _disks(self, section: Section, kind: str, vmid: int) -> dict[str, object]:
        """Disk lines: `tank:32G` makes a volume of that size; whole lines are taken as they are."""
        value = section.take("disks", lambda found: found, [])
        rows = value if isinstance(value, Mapping) else dict(zip(_drive_keys(kind), texts(value), strict=False))
        lines: dict[str, object] = {}
        for index, (key, line) in enumerate(rows.items()):
            lines[str(key)] = self._disk_line(f"{section.place}.disks.{key}", kind, str(line), (vmid, index))
        return lines

    def _disk_line(self, place: str, kind: str, line: str, number_: tuple[int, int]) -> str:
        if line in ("none", "cdrom") or line.startswith("/"):
            return line
        storage, _unused, rest = line.partition(":")
        if storage not in self._storages:
            raise ScenarioError(f"{place}: unknown storage '{storage}' in '{line}'")
        amount, *options = rest.split(",")
        if not amount[:-1].isdigit() or amount[-1] not in SIZE_UNITS:
            return line
        word = "subvol" if kind == "lxc" and self._is_subvolume(storage) else "vm"
        volume = f"{storage}:{word}-{number_[0]}-disk-{number_[1]}"
        return ",".join([volume, *options, f"size={amount}"])

    def _is_subvolume(self, storage: str) -> bool:
        return "zfs" in storage


def _drive_keys(kind: str) -> list[str]:
    if kind == "qemu":
        return [f"scsi{k}" for k in range(16)]
    return ["rootfs", *(f"mp{k}" for k in range(16))]


def _config(section: Section, kind: str, who: Identity, start: float) -> dict[str, object]:
    """The config that does not name disks."""
    memory = section.take("memory", size, 2048 * MIB) // MIB
    cores = section.take("cores", number, 1.0)
    cores = int(cores) if cores == int(cores) else cores
    config = _vm_config(section, who, start) if kind == "qemu" else _container_config(section, who)
    config |= {"cores": cores, "memory": str(memory) if kind == "qemu" else memory}
    tags = section.take("tags", texts, ())
    lock = section.take("lock", one_of(*LOCKS), None)
    flags = {key: section.take(key, yes_or_no, default=False) for key in ("template", "onboot", "protection")}
    config |= {key: 1 for key, is_set in flags.items() if is_set}
    config |= {"tags": ";".join(sorted(tags))} if tags else {}
    return config | ({"lock": lock} if lock else {})


def _vm_config(section: Section, who: Identity, start: float) -> dict[str, object]:
    mac = _mac(who.vmid)
    config: dict[str, object] = {
        "name": who.name,
        "sockets": section.take("sockets", positive, 1),
        "cpu": section.take("cpu_type", text, "x86-64-v2-AES"),
        "ostype": "l26",
        "numa": 0,
        "scsihw": "virtio-scsi-single",
        "boot": "order=scsi0;net0",
        "net0": f"virtio={mac},bridge=vmbr0,firewall=1",
        "meta": f"creation-qemu=10.1.2,ctime={int(start) - 8_640_000 + who.vmid}",
        "smbios1": f"uuid={_uuid(who.vmid, 1)}",
        "vmgenid": _uuid(who.vmid, 2),
    }
    balloon = section.take("balloon", size, None)
    return config if balloon is None else config | {"balloon": balloon // MIB}


def _container_config(section: Section, who: Identity) -> dict[str, object]:
    return {
        "hostname": who.name,
        "arch": "amd64",
        "ostype": "debian",
        "unprivileged": 1,
        "swap": section.take("swap", size, 512 * MIB) // MIB,
        "net0": f"name=eth0,bridge=vmbr0,hwaddr={_mac(who.vmid)},ip=dhcp,type=veth",
    }


def _mac(vmid: int) -> str:
    tail = vmid % 0x1000000
    return f"BC:24:11:{tail >> 16:02X}:{tail >> 8 & 0xFF:02X}:{tail & 0xFF:02X}"


def _uuid(vmid: int, kind: int) -> str:
    """The same identifier for the same guest in every run."""
    return str(uuid.UUID(int=random.Random(vmid * 10 + kind).getrandbits(128), version=4))

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Scenario files: a cluster as an operator writes it down, and the way from there to a World."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from .fleet import build_fleet
from .reading import (
    ScenarioError,
    Section,
    link_speed,
    moment,
    number,
    one_of,
    positive,
    seconds,
    share,
    size,
    text,
    texts,
    whole,
    yes_or_no,
)
from .scenario_access import read_access
from .scenario_guests import GuestReader
from .scenario_ha import read_ha
from .scenario_trouble import read_events, read_faults
from .world.cpu import AMD, INTEL
from .world.model import CPU_MODEL, DeviceMapping, Guest, Node, Overhead, Pool, Storage
from .world.replication import DEFAULT_SCHEDULE, ReplicationJob
from .world.spec import PROFILES, WorldSpec
from .world.world import World

__all__ = ["ScenarioError", "load_world", "read_scenario", "shipped"]

SHIPPED = Path(__file__).parent / "scenarios"
DEFAULT_START = "2026-03-02 09:00"
# Storages of these types are shared whatever anybody says.
SHARED_TYPES = frozenset({"iscsi", "nfs", "cifs", "rbd", "cephfs", "iscsidirect", "zfs", "drbd", "pbs", "glusterfs"})
RELEASES = {"8.4": "8.4.21", "9.0": "9.0.11", "9.2": "9.2.11"}
KERNELS = {"8.4": "6.8.12-15-pve", "9.0": "6.14.11-4-pve", "9.2": "7.0.2-6-pve"}


def load_world(name: str | Path, profile: str | None = None) -> World:
    """The world of a scenario file or of a shipped scenario; ScenarioError says what is wrong with it."""
    path = _find(name)
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ScenarioError(f"{path}: {' '.join(str(error).split())}") from error
    return World(read_scenario(data, path.parent, profile))


def shipped() -> list[str]:
    """Names of the scenarios that come with the simulator."""
    return sorted(path.stem for path in SHIPPED.glob("*.yml"))


def read_scenario(data: object, folder: Path, profile: str | None = None) -> WorldSpec:
    """A scenario as YAML gives it; paths in it are relative to the folder."""
    top = Section("scenario", data)
    why = top.take("why", text)
    head = top.section("cluster")
    spec = WorldSpec(
        name=head.take("name", text),
        profile=profile or head.take("profile", one_of(*PROFILES), "9.2"),
        seed=head.take("seed", whole, 1),
        start=head.take("start", moment, moment(DEFAULT_START)),
        history_seconds=head.take("history", seconds, 0.0),
        nodes=(),
        why=why,
    )
    if profile:
        head.take("profile", one_of(*PROFILES), "9.2")
    head.done()
    spec = _read_parts(top, spec, folder)
    top.done()
    _check(spec)
    return spec


def _find(name: str | Path) -> Path:
    path = Path(name)
    if path.suffix in (".yml", ".yaml") or path.exists():
        return path
    if str(name) not in shipped():
        raise ScenarioError(f"no scenario '{name}': give a path, or one of {', '.join(shipped())}")
    return SHIPPED / f"{name}.yml"


def _read_parts(top: Section, spec: WorldSpec, folder: Path) -> WorldSpec:
    defaults = top.section("defaults")
    node_defaults, guest_defaults = defaults.section("node").rest(), defaults.section("guest").rest()
    defaults.done()
    nodes = [_node(spec, k, name, row.with_defaults(node_defaults))
             for k, (name, row) in enumerate(top.sections("nodes"), 1)]  # fmt: skip
    storages = tuple(_storage(name, row) for name, row in top.sections("storages"))
    pools = {name: _pool(name, row) for name, row in top.sections("pools")}
    reader = GuestReader(spec, folder, {storage.name for storage in storages}, pools)
    guests = [guest for row in top.items("guests") for guest in reader.read(row.with_defaults(guest_defaults), nodes)]
    if top.has("fleet"):
        build_fleet(top.section("fleet"), spec, nodes, guests)
    return replace(
        spec,
        nodes=tuple(nodes),
        storages=storages,
        pools=tuple(pools.values()),
        guests=tuple(_started(spec, guest) for guest in guests),
        mappings=tuple(_mapping(row) for row in top.items("mappings")),
        replication=tuple(_replication(row, guests) for row in top.items("replication")),
        options=top.section("options").rest(),
        access=read_access(top),
        ha=read_ha(top.section("ha"), reader.ha, guests),
        faults=read_faults(top),
        events=read_events(top),
    )


def _node(spec: WorldSpec, number_: int, name: str, section: Section) -> Node:
    overhead = section.section("overhead")
    node = Node(
        name=name,
        number=number_,
        cores=section.take("cores", positive),
        memory=section.take("memory", size),
        address=section.take("address", text, f"10.0.0.{number_}"),
        overhead=Overhead(overhead.take("cpu", number, 0.5), overhead.take("memory", size, 2 * 1024**3)),
        link=section.take("link", link_speed, 1.25e9),
        boot_time=spec.start - section.take("uptime", seconds, 30 * 86_400.0),
        sockets=section.take("sockets", positive, 2),
        **_processor(section),
        pve_version=section.take("version", text, RELEASES[spec.profile]),
        kernel=section.take("kernel", text, KERNELS[spec.profile]),
        is_powered=section.take("powered", yes_or_no, default=True),
        cpu_mhz=section.take("mhz", number, 2000.0),
        **_memory_use(section),
        gaps=tuple(_gap(spec, row) for row in section.items("gaps")),
    )
    overhead.done()
    section.done()
    return node


def _memory_use(section: Section) -> dict[str, Any]:
    """What bears on the memory of a node beside its guests."""
    return {
        "arc": section.take("arc", size, 0),
        "ksm": section.take("ksm", size, 0),
        "swap": section.take("swap", size, 8 * 1024**3),
        "swap_used": section.take("swap_used", size, 0),
        "ballooning_target": section.take("ballooning_target", share, 0.8),
    }


def _processor(section: Section) -> dict[str, Any]:
    """What kind of processors a node has; the vendor follows from the name unless it is given."""
    model = section.take("cpu_model", text, CPU_MODEL)
    return {
        "cpu_model": model,
        "cpu_vendor": section.take("cpu_vendor", one_of(INTEL, AMD), AMD if "AMD" in model else INTEL),
        "cpu_level": int(section.take("cpu_level", one_of("1", "2", "3", "4"), "4")),
        "cpu_flags": section.take("cpu_flags", texts, ()),
    }


def _gap(spec: WorldSpec, section: Section) -> tuple[float, float]:
    """When nothing was recorded: `ago` before the start, for as long as it `lasts`."""
    since = spec.start - section.take("ago", seconds)
    until = since + section.take("lasts", seconds)
    section.done()
    if until > spec.start:
        raise ScenarioError(f"{section.place}: it lasts beyond the start; events of the scenario can stop statistics")
    return since, until


def _storage(name: str, section: Section) -> Storage:
    kind = section.take("type", text)
    total = section.take("size", size, 100 * 1024**3)
    by_node = section.take("used_on", _sizes, {})
    storage = Storage(
        name=name,
        type=kind,
        content=section.take("content", texts, ("images", "rootdir")),
        is_shared=section.take("shared", yes_or_no, default=False) or kind in SHARED_TYPES,
        total=total,
        used=0 if by_node else section.take("used", size, total // 4),
        shifted=by_node,
        speed=section.take("speed", size, 0),
        nodes=section.take("nodes", texts, ()),
        is_enabled=section.take("enabled", yes_or_no, default=True),
        extra=section.section("config").rest(),
    )
    section.done()
    if storage.is_shared and by_node:
        raise ScenarioError(f"{section.place}.used_on: a shared storage has one `used` for all nodes")
    return storage


def _sizes(value: object) -> dict[str, int]:
    """A size for each node."""
    if not isinstance(value, dict):
        raise TypeError(f"expected a size for each node such as {{pve1: 20G}}, found {value!r}")
    return {str(node): size(amount) for node, amount in value.items()}


def _pool(name: str, section: Section) -> Pool:
    pool = Pool(name, section.take("comment", text, ""), set(), set(section.take("storages", texts, ())))
    section.done()
    return pool


def _mapping(section: Section) -> DeviceMapping:
    entries = section.section("nodes")
    mapping = DeviceMapping(
        name=section.take("name", text),
        kind=section.take("kind", one_of("pci", "usb", "dir")),
        entries={node: texts(entry) for node, entry in entries.rest().items()},
        mdev=section.take("mdev", yes_or_no, default=False),
        live_migration=section.take("live", yes_or_no, default=False),
        description=section.take("description", text, ""),
    )
    section.done()
    return mapping


def _replication(section: Section, guests: list[Guest]) -> ReplicationJob:
    """A job `{guest: 101, target: pve2}`; it has just run when the scenario begins."""
    vmid, number_ = section.take("guest", positive), section.take("number", whole, 0)
    source = next((guest.node for guest in guests if guest.vmid == vmid), None)
    if source is None:
        raise ScenarioError(f"{section.place}.guest: there is no guest {vmid}")
    given: dict[str, object] = {"source": source, "schedule": section.take("schedule", text, DEFAULT_SCHEDULE)}
    given |= {key: 1 for key in ("disable",) if section.take(key, yes_or_no, default=False)}
    given |= {key: value for key in ("comment", "remove_job") if (value := section.take(key, text, None))}
    given |= {"rate": rate} if (rate := section.take("rate", number, None)) else {}
    job = ReplicationJob(vmid, number_, section.take("target", text), given)
    section.done()
    return job


def _started(spec: WorldSpec, guest: Guest) -> Guest:
    """Guests that run have been running for an hour, or for as long as history goes back."""
    if guest.is_running:
        guest.start_time = spec.start - max(3600.0, spec.history_seconds)
        guest.pid = 1000 + guest.vmid % 4_000_000
    return guest


def _check(spec: WorldSpec) -> None:
    """What only the whole scenario can tell."""
    if not spec.nodes:
        raise ScenarioError("scenario.nodes: a cluster needs at least one node")
    names, seen = {node.name for node in spec.nodes}, set()
    for guest in spec.guests:
        if guest.node not in names:
            raise ScenarioError(f"scenario.guests: guest {guest.vmid} is on node '{guest.node}', which is not there")
        if guest.vmid in seen:
            raise ScenarioError(f"scenario.guests: vmid {guest.vmid} is there twice")
        seen.add(guest.vmid)
    for storage in spec.storages:
        for name in (*storage.nodes, *storage.shifted):
            if name not in names:
                raise ScenarioError(f"scenario.storages.{storage.name}: unknown node '{name}'")

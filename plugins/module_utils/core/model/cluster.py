# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""One frozen moment of a cluster: nodes, guests and what is on its way between them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ansible_collections.pve.drs.plugins.module_utils.core.errors import InconsistentInventory
from ansible_collections.pve.drs.plugins.module_utils.core.model.access import Access
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import (
    Balloon,
    GuestConfig,
    LocalStorage,
    LocalVolume,
    NodeDetails,
    total_bytes,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import NO_CRS, NO_HA, CrsOptions, HaConfig
from ansible_collections.pve.drs.plugins.module_utils.core.model.health import Health
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import NO_HISTORY, History
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A member of the cluster.

    `capacity` is None where PVE reported none (node down, or no Sys.Audit), `usage` likewise.
    `local_storages` are None, and `details` too, unless they were asked for. `surge` is what it uses at the
    moment less a `usage` that is an estimate: no room for others, but no reason to act either. With a
    `speed` other than 1, cores of it are counted as so many cores of speed 1, and only `thread_share` of its
    threads are in `capacity`.

    `lost_storages` are listed for it but do not answer. `tells_balloons` says that its machines were asked for theirs.
    `is_draining` says that we are about to empty it.
    """

    name: str
    status: str = "online"
    capacity: Resources | None
    usage: Resources | None
    hastate: str | None = None
    uptime_seconds: int | None = None
    local_storages: tuple[LocalStorage, ...] | None = None
    details: NodeDetails | None = None
    surge: Resources = NOTHING
    speed: float = 1.0
    thread_share: float = 1.0
    lost_storages: frozenset[str] = frozenset()
    tells_balloons: bool = False
    is_draining: bool = False

    @property
    def threads(self) -> float:
        """Logical cpus, whatever their speed; 0 where not known."""
        return self.capacity.cpu / (self.speed * self.thread_share) if self.capacity else 0.0

    @property
    def is_online(self) -> bool:
        return self.status == "online"

    @property
    def in_maintenance(self) -> bool:
        return self.hastate == "maintenance"

    @property
    def is_source_only(self) -> bool:
        """Guests leave it and none may come."""
        return self.in_maintenance or self.is_draining

    @property
    def has_capacity(self) -> bool:
        return self.capacity is not None and self.capacity.cpu > 0 and self.capacity.memory > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A virtual machine (`qemu`) or container (`lxc`).

    `size` is what it is configured with, `demand` what it is expected to use, `surge` what it uses at the
    moment less that; `is_estimated` says that PVE reported no figures and the demand is a guess from the
    size (drs-model 2.9).

    `network_rate` is the mean since its start, in bytes per second of the busier direction; None where not told.
    What only some methods need is None unless it was asked for: `vcpus` as configured, where the listing
    caps them (`size.cpu` holds otherwise), `local_volumes` on storages of one node, `pressure` in
    percent by name, such as cpu_some (drs-model 2.7), `host_bytes` in memory of the host (PVE 9), `balloon`,
    and `config`, which is only asked for where the guest may have to move.
    """

    vmid: int
    type: str = "qemu"
    name: str = ""
    node: str
    status: str = "running"
    size: Resources = NOTHING
    demand: Resources = NOTHING
    surge: Resources = NOTHING
    is_estimated: bool = False
    is_template: bool = False
    lock: str | None = None
    tags: frozenset[str] = frozenset()
    pool: str | None = None
    hastate: str | None = None
    vcpus: float | None = None
    local_volumes: tuple[LocalVolume, ...] | None = None
    pressure: Mapping[str, float] | None = None
    host_bytes: float | None = None
    balloon: Balloon | None = None
    config: GuestConfig | None = None
    network_rate: float | None = None

    @property
    def is_active(self) -> bool:
        """True while it occupies cpu and memory: running, paused, prelaunch and the like."""
        return self.status not in ("stopped", "unknown")

    @property
    def local_bytes(self) -> float | None:
        """On all storages that only its node has."""
        return None if self.local_volumes is None else total_bytes(self.local_volumes)

    @property
    def peak(self) -> Resources:
        """What it may use on arrival: its demand or, when that is more, what it uses at the moment."""
        return self.demand + self.surge.positive

    @property
    def is_ha(self) -> bool:
        return self.hastate is not None and self.hastate != "ignored"

    @property
    def assigned(self) -> Resources:
        """As configured; the listing caps the vCPUs at what its node has (drs-model 2.1)."""
        return self.size if self.vcpus is None else Resources(self.vcpus, self.size.memory)

    @property
    def merges_pages(self) -> bool:
        """The kernel may merge its pages with those of others (KSM), as far as is known."""
        return self.config is None or self.config.allow_ksm

    @property
    def has_hugepages(self) -> bool:
        """The host holds all of its memory for it."""
        return self.config is not None and self.config.hugepages is not None

    @property
    def sid(self) -> str:
        return f"{'ct' if self.type == 'lxc' else 'vm'}:{self.vmid}"

    @property
    def label(self) -> str:
        return f"{self.vmid} ({self.name})" if self.name else str(self.vmid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A guest under way that somebody else started; `target` is None where it could not be learned."""

    vmid: int
    source: str
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One that runs on a node: of one guest, or of several where `vmid` is None, one after the other."""

    node: str
    vmid: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """What stands against moving one guest at all, or to one node."""

    anywhere: str | None = None
    by_node: Mapping[str, str] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        return bool(self.anywhere or self.by_node)

    def refusal(self, target: str) -> str | None:
        return self.anywhere or self.by_node.get(target)


CLEAR = Obstacle()


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition(Obstacle):
    """What PVE (or the guest's configuration) says when asked about one guest, by what it is about.

    Its own `anywhere` and `by_node` are about nothing in particular. `dragged` are guests that the HA manager
    would move along, `copied` bytes by storage that move along (infinite where a size is unknown), `keeps_connections`
    says that PVE can take the connections that a firewall tracks along.
    """

    storage: Obstacle = CLEAR
    devices: Obstacle = CLEAR
    replication: Obstacle = CLEAR
    ha: Obstacle = CLEAR
    dragged: frozenset[int] = frozenset()
    copied: Mapping[str, float] = field(default_factory=dict)
    keeps_connections: bool = False

    @property
    def keeps_it(self) -> str | None:
        """The first reason why it may go nowhere."""
        parts = (self, self.storage, self.devices, self.replication, self.ha)
        return next((part.anywhere for part in parts if part.anywhere), None)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Nodes by name, guests and migrations by vmid, in that order; `warnings` are what collecting found odd.

    `tasks` are names of what is running on guests, migrations apart, `backups` those of jobs, too; `mapped_devices` are how many devices of a
    mapping each node has, of mappings that were asked for; `health` is None unless it was asked for. `seen_at` is when it
    was read by our own clock, in seconds since the epoch, where that matters.
    """

    name: str = "cluster"
    version: str = ""
    is_quorate: bool = True
    nodes: tuple[Node, ...] = ()
    guests: tuple[Guest, ...] = ()
    migrations: tuple[Migration, ...] = ()
    ha: HaConfig = NO_HA
    auto_rebalance: bool = False
    crs: CrsOptions = NO_CRS
    preconditions: Mapping[int, Precondition] = field(default_factory=dict)
    tasks: Mapping[int, str] = field(default_factory=dict)
    backups: tuple[Backup, ...] = ()
    mapped_devices: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    history: History = NO_HISTORY
    health: Health | None = None
    access: Access = field(default_factory=Access)
    seen_at: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", tuple(sorted(self.nodes, key=lambda node: node.name)))
        object.__setattr__(self, "guests", tuple(sorted(self.guests, key=lambda guest: guest.vmid)))
        object.__setattr__(self, "migrations", tuple(sorted(self.migrations, key=lambda m: (m.vmid, m.target or ""))))
        _reject_duplicates(self)

    @cached_property
    def node_by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def guest_by_vmid(self) -> dict[int, Guest]:
        return {guest.vmid: guest for guest in self.guests}

    @cached_property
    def fingerprint(self) -> str:
        """Changes when a node comes or goes or a guest is elsewhere, in another state or locked."""
        facts = [f"{node.name} {node.status} {node.in_maintenance}" for node in self.nodes]
        facts += [f"{g.vmid} {g.node} {g.is_active} {g.lock or '-'}" for g in self.guests]
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]

    @property
    def measured_nodes(self) -> tuple[Node, ...]:
        """The nodes that statistics are made of: online and with capacity (drs-model 2.2, 2.9)."""
        return tuple(node for node in self.nodes if node.is_online and node.has_capacity)

    def with_preconditions(self, found: Mapping[int, Precondition]) -> Cluster:
        return replace(self, preconditions={**self.preconditions, **found})


def _reject_duplicates(cluster: Cluster) -> None:
    for kind, names in (
        ("node", [node.name for node in cluster.nodes]),
        ("guest", [str(guest.vmid) for guest in cluster.guests]),
    ):
        twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        if twice:
            raise InconsistentInventory(
                f"{kind} {', '.join(twice)} is listed more than once by the cluster; nothing was planned"
            )

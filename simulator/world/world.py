# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The cluster as a whole: its parts, and every change that can happen to it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import partial

from simulator.clock import Clock

from . import config_edit, migration, outages, power, preconditions, rrd, trouble
from .beginning import settle_in
from .credentials import Credentials
from .disk_io import DiskIo
from .errors import refused
from .events import plan_event
from .faults import FaultBook
from .ha import Ha
from .history import Timeline
from .links import Links
from .loads import Load, Spliced
from .model import Guest, Node
from .move import MigrateRequest, Migration
from .power_steps import NO_OPTIONS, PowerOptions
from .process import Body
from .releases import give_machine
from .replication import Replication
from .spec import WorldSpec
from .statistics import Statistics
from .tasks import ROOT, Caller, Task, TaskBook


class World:
    """One simulated cluster. All changes go through its methods, so that figures and history stay true."""

    def __init__(self, spec: WorldSpec) -> None:
        self.name, self.why, self.access = spec.name, spec.why, spec.access
        self.credentials = Credentials()
        # Whose certificate all listeners show since each change: that of the CA that clients know, or another one.
        self.certificate_changes: list[str] = []
        self.profile, self.seed = spec.profile, spec.seed
        self.clock = Clock(spec.start)
        self.rng = random.Random(spec.seed)
        self.nodes: dict[str, Node] = {node.name: node for node in spec.nodes}
        self.guests: dict[int, Guest] = {guest.vmid: guest for guest in spec.guests}
        self.guests_on: dict[str, dict[int, Guest]] = {name: {} for name in self.nodes}
        self.storages = {storage.name: storage for storage in spec.storages}
        self.pools = {pool.name: pool for pool in spec.pools}
        self.mappings = {(mapping.kind, mapping.name): mapping for mapping in spec.mappings}
        self.options: dict[str, object] = dict(spec.options)
        self.faults = FaultBook(spec.faults, self.rng)
        self.links = Links(self.clock, self.nodes)
        self.tasks = TaskBook(self.clock, self.nodes, self.rng)
        self.tasks.when_ended(partial(trouble.when_ended, self))
        self.disk_io = DiskIo(self.storages, self.guests)
        self.statistics = Statistics(self.clock, self.nodes, self.guests_on, self.disk_io)
        self.timeline = Timeline(spec.start - spec.history_seconds)
        self.past = rrd.Past(self)
        # Under way, by vmid; the task that moves the guest.
        self.migrations: dict[int, Migration] = {}
        self._begin(spec)

    def _begin(self, spec: WorldSpec) -> None:
        """What needs a cluster that is there already."""
        # Tasks that hold the config file of a guest, by vmid.
        self.busy: dict[int, Task] = {}
        settle_in(self)
        self.replication = Replication(self, spec.replication)
        self.ha = Ha(self, spec.ha)
        for event in spec.events:
            plan_event(self, event)

    # --- looking things up -------------------------------------------------------------------------------------

    @property
    def is_pve9(self) -> bool:
        return not self.profile.startswith("8")

    def profile_of(self, node: str) -> str:
        """The PVE that a node answers as: that of the world, or the generation before while it is not upgraded."""
        is_behind = self.is_pve9 and self.nodes[node].pve_version.startswith("8.")
        return "8.4" if is_behind else self.profile

    def guest_on(self, node: str, kind: str, vmid: int) -> Guest:
        """The guest whose config lies on that node; 500 as the API gives it when it is not there."""
        guest = self.guests.get(vmid)
        if guest is None or guest.node != node or guest.type != kind:
            folder = "qemu-server" if kind == "qemu" else "lxc"
            raise refused(f"Configuration file 'nodes/{node}/{folder}/{vmid}.conf' does not exist")
        return guest

    def pool_of(self, vmid: int) -> str | None:
        """The pool that a guest belongs to."""
        return next((pool.name for pool in self.pools.values() if vmid in pool.vmids), None)

    def sees_online(self, viewer: str, name: str) -> bool:
        """Whether one node counts another as a member of its cluster."""
        return viewer == name or (self.nodes[viewer].online and self.nodes[name].online)

    def is_quorate(self, viewer: str) -> bool:
        """Whether a node is part of a majority."""
        return 2 * sum(self.sees_online(viewer, name) for name in self.nodes) > len(self.nodes)

    def require_quorum(self, viewer: str) -> None:
        """500 as writing calls give it on a node without quorum."""
        if not self.is_quorate(viewer):
            raise refused("cluster not ready - no quorum?")

    def require_node(self, name: str) -> Node:
        """The node; 500 as the API gives it for a name that is not in the cluster."""
        if name not in self.nodes:
            raise refused(f"no such cluster node '{name}'")
        return self.nodes[name]

    def can_reach(self, source: str, target: str) -> bool:
        """Whether a request can be forwarded from one node to the API of another."""
        if not self.nodes[target].daemon_up:
            return False
        return source == target or (self.nodes[source].online and self.nodes[target].online)

    # --- changes of guests -------------------------------------------------------------------------------------

    def change_config(self, guest: Guest, changes: Mapping[str, object], delete: tuple[str, ...] = ()) -> None:
        """Write options into a guest's config; listings show lock and tags at once, sizes at the next round."""
        self.statistics.settle(guest.node)
        config = {key: value for key, value in {**guest.config, **changes}.items() if key not in delete}
        guest.rewrite(config, self.clock.now)

    def set_load(self, guest: Guest, load: Load) -> None:
        """Give a guest another load from now on; what has been recorded stays."""
        self.statistics.settle(guest.node)
        if not isinstance(guest.load, Spliced):
            guest.load = Spliced(guest.load)
        guest.load.then(self.clock.now, load)

    def set_running(self, guest: Guest, *, running: bool) -> None:
        """Start or end a guest's process at once, without a task."""
        self.statistics.settle(guest.node)
        if running and not guest.is_running:
            config_edit.apply_all(self, guest)
            guest.starts.append(self.clock.now)
        guest.status = guest.qmp_status = "running" if running else "stopped"
        guest.start_time = self.clock.now if running else 0.0
        guest.pid = self.rng.randrange(1000, 4_000_000) if running else 0
        give_machine(self, guest)
        self.timeline.guest_is(guest.vmid, self.clock.now, guest.node, running=running)

    def set_qmp_status(self, guest: Guest, status: str) -> None:
        """Change the state that QEMU reports (paused, postmigrate, io-error, ...)."""
        self.statistics.settle(guest.node)
        guest.qmp_status = status

    def place(self, guest: Guest, node: str) -> None:
        """Move a guest's config to another node at once; its process, if any, goes with it."""
        self.statistics.settle(guest.node, node)
        del self.guests_on[guest.node][guest.vmid]
        guest.node = node
        self.guests_on[node][guest.vmid] = guest
        self.timeline.guest_is(guest.vmid, self.clock.now, node, running=guest.is_running)

    def add_guest(self, guest: Guest) -> None:
        """A new guest appears; its figures are unknown until the next round of its node."""
        if guest.vmid in self.guests:
            there = self.guests[guest.vmid]
            exists = f"{there.word} {there.vmid} already exists on node '{there.node}'"
            raise refused(f"unable to create {guest.word} {guest.vmid} - {exists}")
        self.statistics.settle(guest.node)
        self.guests[guest.vmid] = guest
        self.note(guest, self.clock.now)

    def remove_guest(self, vmid: int) -> None:
        """A guest vanishes with its config, as after a destroy by somebody else; 500 while it is being migrated."""
        if vmid in self.migrations:
            raise refused(f"{self.guests[vmid].word} is locked (migrate)")
        self.statistics.forget(vmid)
        guest = self.guests.pop(vmid)
        del self.guests_on[guest.node][vmid]
        for pool in self.pools.values():
            pool.vmids.discard(vmid)

    # --- tasks -------------------------------------------------------------------------------------------------

    def migrate(self, where: migration.Where, request: MigrateRequest, caller: Caller) -> str:
        """Start a migration; gives the UPID, or raises WorldError as the API refuses it."""
        return migration.migrate(self, where, request, caller)

    def preconditions(self, guest: Guest) -> dict[str, object]:
        """What GET migrate tells about a guest; raises WorldError as the API refuses it."""
        return preconditions.preconditions(self, guest)

    def power(self, guest: Guest, action: str, caller: Caller, options: PowerOptions = NO_OPTIONS) -> str:
        """Start a power task (start, stop, shutdown, reboot, suspend, resume); gives the UPID."""
        return power.power(self, guest, action, caller, options)

    def suffer(self, task: Task, phase: str = "", percent: tuple[float, float] = (0.0, 0.0)) -> Body:
        """What faults do to a task that reaches a phase, or a share of a VM's memory (before, now)."""
        return trouble.suffer(self, task, phase, percent)

    # --- what was recorded -------------------------------------------------------------------------------------

    def node_history(self, name: str, timeframe: str, consolidation: str = "AVERAGE") -> list[rrd.Row]:
        """Rows of rrddata of a node: time frame hour, day, week, month, year or decade; AVERAGE or MAX."""
        return rrd.node_history(self, name, rrd.Frame(timeframe, consolidation))

    def guest_history(self, vmid: int, timeframe: str, consolidation: str = "AVERAGE") -> list[rrd.Row]:
        """Rows of rrddata of a guest."""
        return rrd.guest_history(self, vmid, rrd.Frame(timeframe, consolidation))

    def storage_history(self, storage: str, node: str, timeframe: str, consolidation: str = "AVERAGE") -> list[rrd.Row]:
        """Rows of rrddata of a storage as a node sees it."""
        return rrd.storage_history(self, storage, node, rrd.Frame(timeframe, consolidation))

    # --- outages -----------------------------------------------------------------------------------------------

    def node_down(self, node: str) -> None:
        """A node loses power: its guests and workers die, its API does not answer."""
        outages.node_down(self, node)

    def node_up(self, node: str) -> None:
        """A node gets power again and starts; its guests stay stopped unless `onboot` is set."""
        outages.node_up(self, node)

    def cut_link(self, node: str) -> None:
        """A node loses its cluster network: it and its guests run on, unheard."""
        outages.set_link(self, node, linked=False)

    def restore_link(self, node: str) -> None:
        """The cluster network of a node works again."""
        outages.set_link(self, node, linked=True)

    def daemon_down(self, node: str) -> None:
        """Only the API daemon of a node stops: requests forwarded to it get 595."""
        self.nodes[node].daemon_up = False

    def daemon_up(self, node: str) -> None:
        """The API daemon of a node answers again."""
        self.nodes[node].daemon_up = True

    def upgrade_node(self, node: str, version: str) -> None:
        """A node runs another release from now on; its guests keep the machine type they started with."""
        self.require_node(node).pve_version = version

    def statistics_down(self, node: str) -> None:
        """The statistics daemon of a node stops: its figures grow stale and vanish, nothing is recorded."""
        outages.set_publishing(self, node, publishes=False)

    def statistics_up(self, node: str) -> None:
        """The statistics daemon of a node publishes again."""
        outages.set_publishing(self, node, publishes=True)

    def storage_down(self, storage: str, node: str) -> None:
        """A storage is not reachable from a node: it shows as inactive and no guest that needs it starts there."""
        self.storages[storage].broken_on.add(self.require_node(node).name)

    def storage_up(self, storage: str, node: str) -> None:
        """A storage is reachable from a node again."""
        self.storages[storage].broken_on.discard(node)

    def lose_quorum(self) -> None:
        """Cut all nodes but the first from each other: nobody has a majority any more."""
        for name in list(self.nodes)[1:]:
            self.cut_link(name)

    def regain_quorum(self) -> None:
        """All cluster links work again."""
        for name in self.nodes:
            self.restore_link(name)

    def set_maintenance(self, node: str, *, on: bool) -> None:
        """Ask the HA manager to begin or end maintenance of a node."""
        self.ha.request_maintenance(self.require_node(node).name, on=on)

    def steal(self, vmid: int, target: str) -> str:
        """Somebody else (root on the source node) migrates a guest; gives the UPID."""
        guest = self.guests[vmid]
        request = MigrateRequest(target, online=guest.is_running, restart=guest.is_running)
        return self.migrate(migration.Where(guest.node, guest.type, vmid), request, ROOT)

    def note(self, guest: Guest, since: float) -> None:
        """A guest is where it is since that moment (epoch seconds)."""
        self.guests_on[guest.node][guest.vmid] = guest
        give_machine(self, guest)
        self.timeline.guest_is(guest.vmid, since, guest.node, running=guest.is_running)

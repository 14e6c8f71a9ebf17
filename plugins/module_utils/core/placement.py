# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Which node runs each guest, with running sums per node. The only thing in core that changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import IMPROVEMENT, Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources

# A live migration keeps about one core busy on either end (drs-model 6.4, secure channel).
MIGRATION_CPU = Resources(1.0, 0.0)
# Where guests are that have no node yet: those that are to be started somewhere, or created.
NOWHERE = ""


class Placement:
    """Owned by one planner during one call; `apply` and `undo` are exact opposites.

    `start` and `finish` split a move in two: in between, both ends hold the guest's memory and cpu
    (drs-model 3.9); `cancel` takes a start back. `joint` are the guests whose moves are judged as one,
    `purpose` is the category of the moves that are asked about (drs-model 6.2).
    """

    def __init__(self, cluster: Cluster, readings: Mapping[str, Reading] | None = None) -> None:
        self.cluster = cluster
        self._readings = readings or {}
        self._amounts = {name: defaultdict(float, reading.nodes) for name, reading in self._readings.items()}
        self.node_of = {guest.vmid: guest.node for guest in cluster.guests}
        self.begun_at = dict(self.node_of)
        self.arriving: dict[int, str] = {}
        self.joint: frozenset[int] = frozenset()
        self.purpose = IMPROVEMENT
        self._foreign = {migration.vmid: migration.target for migration in cluster.migrations}
        self._used = {NOWHERE: NOTHING} | {node.name: node.usage or NOTHING for node in cluster.nodes}
        self._surge = {NOWHERE: NOTHING} | {node.name: node.surge for node in cluster.nodes}
        # Asked for every target of every guest, and changed by few moves only.
        self._claimed: dict[str, Resources] = {}
        self._notes: dict[str, dict[int, float]] = {}
        self._vmids: dict[str, set[int]] = defaultdict(set)
        for guest in cluster.guests:
            self._vmids[guest.node].add(guest.vmid)
        self._strays: tuple[Guest, ...] = tuple(filter(None, map(self._hold, cluster.migrations)))

    @cached_property
    def node_names(self) -> frozenset[str]:
        return frozenset(self.cluster.node_by_name)

    def begin_round(self) -> None:
        """From now on guests count as not moved where they are; planners move none twice in a round."""
        self.begun_at = dict(self.node_of)

    def guest(self, vmid: int) -> Guest:
        return self.cluster.guest_by_vmid[vmid]

    def used(self, node: str) -> Resources:
        """Cpu and memory in use, never below nothing: the node's own figure wins over the guests' sum (2.9)."""
        return self._used[node].positive

    def amount(self, method: str, node: str) -> float:
        """The sum of a method's reading on a node, in that method's unit."""
        return self._amounts[method][node]

    def amounts(self, node: str) -> tuple[float, ...]:
        """The sums of all readings on a node, in the order in which the method has them."""
        return tuple([amounts[node] for amounts in self._amounts.values()])

    def claimed(self, node: str) -> Resources:
        """What is used, also beyond an estimate, and what may yet arrive: no room for others, but no reason to act."""
        if node not in self._claimed:
            claimed = self.used(node) + self._surge[node].positive
            self._claimed[node] = sum((guest.peak for guest in self._strays_to(node)), start=claimed)
        return self._claimed[node]

    def claimed_guests_on(self, node: str) -> int:
        """How many guests run there or may yet arrive."""
        return self.active_guests_on(node) + len(self._strays_to(node))

    def guests_on(self, node: str) -> frozenset[int]:
        """Those that the node holds now, arrivals included."""
        return frozenset(self._vmids[node])

    def notes_on(self, node: str) -> dict[int, float]:
        """For whoever computes something of a node: kept, by a key of its own, until a guest comes or goes."""
        return self._notes.setdefault(node, {})

    def active_guests_on(self, node: str) -> int:
        """How many of them run."""
        return sum(1 for vmid in self._vmids[node] if self.guest(vmid).is_active)

    def other_nodes(self, vmid: int) -> frozenset[str]:
        return self.node_names - {self.node_of[vmid]}

    def bound_for(self, vmid: int) -> str | None:
        """Where it will be when what is under way has ended; None where nobody knows."""
        if vmid in self._foreign:
            target = self._foreign[vmid]
            return target if target in self._used else None
        return self.arriving.get(vmid, self.node_of[vmid])

    def apply(self, move: Move) -> None:
        self._shift(move.vmid, move.source, move.target)

    def apply_all(self, moves: Iterable[Move]) -> None:
        for move in moves:
            self.apply(move)

    def undo(self, move: Move) -> None:
        self._shift(move.vmid, move.target, move.source)

    def start(self, move: Move) -> None:
        """The guest is under way: its target holds it too."""
        self.arriving[move.vmid] = move.target
        self._load(move.vmid, move.target)
        self._stream(move, MIGRATION_CPU)

    def finish(self, move: Move) -> None:
        """It has arrived: its source lets go of it."""
        del self.arriving[move.vmid]
        self.node_of[move.vmid] = move.target
        self._unload(move.vmid, move.source)
        self._stream(move, NOTHING - MIGRATION_CPU)

    def cancel(self, move: Move) -> None:
        """It never started: its target lets go of it."""
        del self.arriving[move.vmid]
        self._unload(move.vmid, move.target)
        self._stream(move, NOTHING - MIGRATION_CPU)

    def land_foreign(self) -> None:
        """What others have under way has arrived, where it is known where to."""
        for migration in self.cluster.migrations:
            guest, target = self.cluster.guest_by_vmid.get(migration.vmid), migration.target
            if guest is None or target not in self._used or target == guest.node:
                continue
            if not guest.is_active:
                self._load(guest.vmid, target)
            self._unload(guest.vmid, guest.node)
            self.node_of[guest.vmid] = target

    def _stream(self, move: Move, cpu: Resources) -> None:
        """At both ends; of a guest that does not run only the configuration moves."""
        if self.guest(move.vmid).is_active:
            self._add(move.target, cpu)
            self._add(move.source, cpu)

    def _hold(self, migration: Migration) -> Guest | None:
        """A foreign migration counts on its target as well; the guest is returned where the target is unknown."""
        guest = self.cluster.guest_by_vmid.get(migration.vmid)
        if guest is None or not guest.is_active or migration.target == guest.node:
            return None
        if migration.target not in self._used:
            return guest
        self._load(guest.vmid, migration.target)
        return None

    def _strays_to(self, node: str) -> list[Guest]:
        """Guests under way to nobody knows where: they may arrive on any node but their own."""
        return [guest for guest in self._strays if guest.node != node]

    def _shift(self, vmid: int, source: str, target: str) -> None:
        self._unload(vmid, source)
        self._load(vmid, target)
        self.node_of[vmid] = target

    def _load(self, vmid: int, node: str) -> None:
        self._vmids[node].add(vmid)
        self._forget(node)
        self._weigh(vmid, node, 1.0)
        guest = self.guest(vmid)
        if guest.is_active:
            self._used[node] += guest.demand
            self._surge[node] += guest.surge

    def _forget(self, node: str) -> None:
        self._claimed.pop(node, None)
        self._notes.pop(node, None)

    def _unload(self, vmid: int, node: str) -> None:
        self._vmids[node].discard(vmid)
        self._forget(node)
        self._weigh(vmid, node, -1.0)
        guest = self.guest(vmid)
        if guest.is_active:
            self._used[node] -= guest.demand
            self._surge[node] -= guest.surge

    def _weigh(self, vmid: int, node: str, sign: float) -> None:
        for name, reading in self._readings.items():
            self._amounts[name][node] += sign * reading.guests[vmid]

    def _add(self, node: str, amount: Resources) -> None:
        self._claimed.pop(node, None)
        self._used[node] = self._used[node] + amount

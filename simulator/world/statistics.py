# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What nodes publish every ten seconds: the figures that listings show."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulator.clock import Clock

from .disk_io import DiskIo
from .figures import MIGRATION_CORES, GuestFigures, Measured, NodeFigures, guest_figures, measure, node_figures
from .model import Guest, Node

PUBLISH_SECONDS = 10.0
# An entry older than this is dropped from listings.
KEEP_SECONDS = 300.0


class Statistics:
    """The latest broadcasts. A round is computed when somebody reads it or before its node changes."""

    def __init__(
        self, clock: Clock, nodes: Mapping[str, Node], guests_on: Mapping[str, Mapping[int, Guest]], io: DiskIo
    ) -> None:
        self._clock = clock
        self._nodes = nodes
        self._io = io
        self._guests_on = guests_on
        self._due: dict[str, float] = {}
        self._of_node: dict[str, NodeFigures] = {}
        self._of_guest: dict[int, GuestFigures] = {}
        # Guests on their way: bytes already held on the target, asked for when a round is computed.
        self.arriving: dict[str, dict[int, Callable[[], float]]] = {name: {} for name in nodes}
        self.leaving: dict[str, int] = dict.fromkeys(nodes, 0)

    def beat(self, name: str) -> None:
        """One round of one node; a node whose statistics daemon is down publishes nothing."""
        node = self._nodes[name]
        if node.online and node.publishes:
            self._due[name] = self._clock.now

    def settle(self, *names: str) -> None:
        """Compute the rounds that are due on these nodes (all nodes when none is named)."""
        for name in names or tuple(self._due):
            moment = self._due.pop(name, None)
            if moment is not None:
                self._publish(self._nodes[name], moment)

    def node(self, name: str) -> NodeFigures | None:
        """The latest broadcast of a node; None when it is older than five minutes."""
        self.settle(name)
        figures = self._of_node.get(name)
        return figures if figures is not None and self._is_fresh(figures.time) else None

    def guest(self, vmid: int) -> GuestFigures | None:
        """The latest broadcast of a guest; None when it is older than five minutes."""
        self.settle()
        figures = self._of_guest.get(vmid)
        return figures if figures is not None and self._is_fresh(figures.time) else None

    def guests(self) -> dict[int, GuestFigures]:
        """The latest broadcasts of all guests, those older than five minutes left out."""
        self.settle()
        limit = self._clock.now - KEEP_SECONDS
        return {vmid: figures for vmid, figures in self._of_guest.items() if figures.time >= limit}

    def present(self, guest: Guest) -> GuestFigures:
        """The figures of a guest at this moment, as its own node tells them."""
        node = self._nodes[guest.node]
        measured = self._measure(node, self._clock.now) if guest.is_running else None
        return guest_figures(guest, node, self._clock.now, measured)

    def present_on(self, name: str) -> dict[int, GuestFigures]:
        """The figures of all guests of a node at this moment: what the node has to measure, it measures once."""
        node, now = self._nodes[name], self._clock.now
        measured = self._measure(node, now)
        guests = self._guests_on[name].values()
        return {g.vmid: guest_figures(g, node, now, measured if g.is_running else None) for g in guests}

    def present_node(self, name: str) -> NodeFigures:
        """The figures of a node at this moment, as the node itself tells them."""
        node = self._nodes[name]
        return node_figures(node, self._clock.now, self._measure(node, self._clock.now))

    def forget(self, vmid: int) -> None:
        """A guest was removed."""
        self.settle()
        self._of_guest.pop(vmid, None)

    def _is_fresh(self, moment: float) -> bool:
        return self._clock.now - moment <= KEEP_SECONDS

    def _publish(self, node: Node, moment: float) -> None:
        measured = self._measure(node, moment)
        self._of_node[node.name] = node_figures(node, moment, measured)
        for guest in self._guests_on[node.name].values():
            seen = measured if guest.is_running else None
            self._of_guest[guest.vmid] = guest_figures(guest, node, moment, seen)

    def _measure(self, node: Node, moment: float) -> Measured:
        running = [guest for guest in self._guests_on[node.name].values() if guest.is_running]
        arriving = self.arriving[node.name]
        cores = MIGRATION_CORES * (len(arriving) + self.leaving[node.name])
        return measure(node, running, moment, self._io, (cores, sum(held() for held in arriving.values())))

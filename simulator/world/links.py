# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Bandwidth between nodes: every copy gets the smaller of its equal shares at both ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from simulator.clock import Clock, Timer

from .model import Node


class Copy:
    """Bytes on their way from one node to another."""

    def __init__(self, source: str, target: str, size: float, limit: float | None) -> None:
        self.source = source
        self.target = target
        self.size = size
        self.limit = limit
        self.rate = 0.0
        self.remaining = float(size)
        self.settled_at = 0.0
        self.is_done = False
        self.timer: Timer | None = None
        self._waiter: Callable[[], None] | None = None

    def when_done(self, action: Callable[[], None] | None) -> None:
        """Call the action when the last byte has arrived (None: nobody waits any more)."""
        self._waiter = action

    def done(self) -> None:
        """Mark as complete and wake the one who waits."""
        self.is_done = True
        self.remaining = 0.0
        if self._waiter is not None:
            self._waiter()

    def transferred(self, now: float) -> float:
        """Bytes that have arrived by now."""
        return self.size - max(0.0, self.remaining - self.rate * (now - self.settled_at))


class Links:
    """All copies under way."""

    def __init__(self, clock: Clock, nodes: Mapping[str, Node]) -> None:
        self._clock = clock
        self._nodes = nodes
        self._leaving: dict[str, dict[Copy, None]] = defaultdict(dict)
        self._arriving: dict[str, dict[Copy, None]] = defaultdict(dict)

    def start(self, source: str, target: str, size: float, limit: float | None = None) -> Copy:
        """Begin a copy; size in bytes, limit in bytes per second."""
        copy = Copy(source, target, max(size, 1.0), limit)
        copy.settled_at = self._clock.now
        self._leaving[source][copy] = None
        self._arriving[target][copy] = None
        self._share(source, target)
        return copy

    def stop(self, copy: Copy) -> None:
        """End a copy, complete or not, and give its share to the others."""
        if self._leaving[copy.source].pop(copy, self) is self:
            return
        del self._arriving[copy.target][copy]
        if copy.timer is not None:
            copy.timer.cancel()
        self._settle(copy)
        self._share(copy.source, copy.target)

    def changed(self, node: str) -> None:
        """Share again after the link of a node has changed."""
        self._share(node, node)

    def _share(self, source: str, target: str) -> None:
        touched = dict(self._leaving[source]) | dict(self._arriving[target])
        self._reschedule(touched)

    def _reschedule(self, copies: Iterable[Copy]) -> None:
        for copy in copies:
            rate = self._rate(copy)
            if rate == copy.rate and copy.timer is not None:
                continue
            self._settle(copy)
            copy.rate = rate
            self._plan_end(copy)

    def _rate(self, copy: Copy) -> float:
        leaving = self._nodes[copy.source].link / len(self._leaving[copy.source])
        arriving = self._nodes[copy.target].link / len(self._arriving[copy.target])
        rate = min(leaving, arriving)
        return min(rate, copy.limit) if copy.limit else rate

    def _settle(self, copy: Copy) -> None:
        copy.remaining = copy.size - copy.transferred(self._clock.now)
        copy.settled_at = self._clock.now

    def _plan_end(self, copy: Copy) -> None:
        if copy.timer is not None:
            copy.timer.cancel()
        copy.timer = self._clock.call_later(copy.remaining / copy.rate, lambda: self._complete(copy))

    def _complete(self, copy: Copy) -> None:
        self._settle(copy)
        self.stop(copy)
        copy.done()

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Pressure as a load: the highest measured value by its limit; 1.0 and more is hot (drs-model 2.7.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import add

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import PressureLimits
from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.pressure.attribution import eased, joined, relieved, strained
from ansible_collections.pve.drs.plugins.module_utils.core.pressure.measured import Pressure

HOT = 1.0
# Less than this at the very most is not hot, whatever the last digits of a sum are.
SURELY_COOL = HOT - 1e-6

Spans = dict[tuple[str, tuple[float, ...]], tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a node had at first and would have, by reading."""

    before: Mapping[str, float]
    after: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureGauge:
    """`readings` are the demand for cores and memory, and the time (1.0 = always) that guests wait for local storage.

    `waiting` is by node the time that all its guests wait for storage of any kind; `settling` are nodes that a
    guest left or came to a moment ago. `spans` are those that were asked for, by node and its sums.
    """

    pressures: Mapping[str, Mapping[str, Pressure]]
    limits: Mapping[str, PressureLimits]
    readings: Mapping[str, Reading]
    waiting: Mapping[str, float]
    guessed: frozenset[int]
    settling: frozenset[str]
    spans: Spans = field(default_factory=dict, repr=False, compare=False)

    def load(self, placement: Placement, node: str, leaving: Sequence[int] = (), arriving: Sequence[int] = ()) -> float:
        if not leaving and not arriving:
            return self.span(placement, node)[0]
        return _highest(self._indexes(node, self._after(self._amounts(placement, node), leaving, arriving)))

    def indexes(self, placement: Placement, node: str) -> dict[str, float]:
        """By what was measured, such as `io some`: its share of the limit."""
        return self._indexes(node, self._amounts(placement, node))

    def span(self, placement: Placement, node: str) -> tuple[float, float]:
        """The load now, and with a guest on board that is the largest in every respect; none takes it further."""
        now = self._amounts(placement, node)
        if (node, now) not in self.spans:
            most = tuple(map(add, now, self._largest))
            self.spans[node, now] = _highest(self._indexes(node, now)), _highest(self._indexes(node, most))
        return self.spans[node, now]

    def _indexes(self, node: str, after: Sequence[float]) -> dict[str, float]:
        change = self._change(node, after)
        return {
            f"{resource} {kind}": 100.0 * value / limit
            for resource, pressure in self.pressures[node].items()
            for kind, value, limit in self._values(node, resource, pressure, change)
        }

    def _amounts(self, placement: Placement, node: str) -> tuple[float, ...]:
        """Of its own readings, which come first."""
        return placement.amounts(node)[: len(self.readings)]

    def measures(self, node: str) -> bool:
        return node in self.pressures

    def is_guess(self, vmid: int) -> bool:
        return vmid in self.guessed

    def _values(
        self, node: str, resource: str, pressure: Pressure, change: Change
    ) -> Iterator[tuple[str, float, float]]:
        """Kind, fraction of time after the change, and limit in percent."""
        for kind in ("some", "full", "spike"):
            value, limit = getattr(pressure, kind), getattr(self.limits[resource], kind)
            if value is None or not limit:
                continue
            after = (
                self._io(node, kind, value, change) if resource == "io" else self._used(node, resource, value, change)
            )
            yield kind, after, limit

    def _used(self, node: str, resource: str, value: float, change: Change) -> float:
        capacity = self.readings[resource].capacity[node]
        before, after = change.before[resource] / capacity, change.after[resource] / capacity
        if after == before:
            return value
        return eased(value, before, after) if after < before else strained(value, before, after)

    def _io(self, node: str, kind: str, value: float, change: Change) -> float:
        gone = change.before["io_some"] - change.after["io_some"]
        if gone > 0.0:
            return relieved(value, gone / self.waiting[node])
        come = "io_full" if kind == "full" else "io_some"
        return joined(value, max(0.0, change.after[come] - change.before[come]))

    @property
    def _largest(self) -> tuple[float, ...]:
        return tuple(max(reading.guests.values(), default=0.0) for reading in self.readings.values())

    def _after(self, now: Sequence[float], leaving: Sequence[int], arriving: Sequence[int]) -> Sequence[float]:
        gone = [sum(reading.guests[vmid] for vmid in leaving) for reading in self.readings.values()]
        come = [sum(reading.guests[vmid] for vmid in arriving) for reading in self.readings.values()]
        return [amount - less + more for amount, less, more in zip(now, gone, come, strict=True)]

    def _change(self, node: str, amounts: Sequence[float]) -> Change:
        before = {name: reading.nodes.get(node, 0.0) for name, reading in self.readings.items()}
        after = dict(zip(self.readings, amounts, strict=True))
        return Change(before=before, after={name: _steady(amount, before[name]) for name, amount in after.items()})


def _highest(indexes: Mapping[str, float]) -> float:
    return max(indexes.values(), default=0.0)


def _steady(amount: float, before: float) -> float:
    """Sums that differ in their last digits only are the same."""
    return before if abs(amount - before) <= 1e-9 * max(1.0, before) else max(0.0, amount)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Recorded figures over time, drawn from loads and timelines when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .figures import GuestFigures, Measured, NodeFigures, guest_figures, guest_pressures, measure, node_figures
from .model import Node

if TYPE_CHECKING:
    from .world import World

# Step in seconds and number of rows for each time frame.
FRAMES_9 = {"hour": (60, 60), "day": (60, 1440), "week": (1800, 336), "month": (1800, 1440),
            "year": (21_600, 1440), "decade": (604_800, 570)}  # fmt: skip
FRAMES_8 = {"hour": (60, 70), "day": (1800, 70), "week": (10_800, 70), "month": (43_200, 70), "year": (604_800, 70)}
SAMPLES_PER_LONG_STEP = 6
# A row is complete when the first broadcast after its end has come in.
LATENCY_SECONDS = 10
# A week of 48 nodes: 336 rows of 6 samples each.
KEPT_MEASUREMENTS = 100_000

Row = dict[str, float]
Sample = Callable[[float], Row | None]


@dataclass(frozen=True)
class Frame:
    """Which rows are wanted: a time frame and how samples become one (AVERAGE or MAX)."""

    timeframe: str
    consolidation: str = "AVERAGE"


def node_history(world: World, name: str, frame: Frame) -> list[Row]:
    """Rows of a node, oldest first; without data only `time`."""
    return list(_rows(world, frame, lambda moment: world.past.node_row(name, moment)))


def guest_history(world: World, vmid: int, frame: Frame) -> list[Row]:
    """Rows of a guest, wherever it ran; without data only `time`."""
    return list(_rows(world, frame, lambda moment: world.past.guest_row(vmid, moment)))


def storage_history(world: World, storage: str, node: str, frame: Frame) -> list[Row]:
    """Rows of a storage as a node sees it."""
    found = world.storages[storage]

    def sample(moment: float) -> Row | None:
        is_known = moment >= world.timeline.since and world.timeline.was_online(node, moment)
        return {"total": float(found.total), "used": float(found.used_on(node))} if is_known else None

    return list(_rows(world, frame, sample))


class Past:
    """The cluster at past moments. What a node measured does not change any more, and many ask for the same hour."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._measured: dict[tuple[str, float], Measured] = {}

    def node_row(self, name: str, moment: float) -> Row | None:
        world = self._world
        if moment < world.timeline.since or not world.timeline.was_online(name, moment):
            return None
        figures = node_figures(world.nodes[name], moment, self._measure(name, moment))
        return _node_columns(figures, world.nodes[name], is_pve9=world.is_pve9)

    def guest_row(self, vmid: int, moment: float) -> Row | None:
        world = self._world
        spell = world.timeline.spell(vmid, moment)
        guest = world.guests.get(vmid)
        if guest is None or spell is None or not world.timeline.was_online(spell.node, moment):
            return None
        if not spell.running:
            return _resting_columns(guest_figures(guest, world.nodes[spell.node], moment, None))
        figures = guest_figures(guest, world.nodes[spell.node], moment, self._measure(spell.node, moment))
        return _guest_columns(figures, (guest.net_rate, guest.disk_rate), is_pve9=world.is_pve9)

    def _measure(self, name: str, moment: float) -> Measured:
        key = (name, moment)
        if key not in self._measured:
            world = self._world
            if len(self._measured) >= KEPT_MEASUREMENTS:
                self._measured.clear()
            running = [world.guests[vmid] for vmid in world.timeline.ran_on(name, moment) if vmid in world.guests]
            self._measured[key] = measure(world.nodes[name], running, moment, world.disk_io)
        return self._measured[key]


def _rows(world: World, frame: Frame, sample: Sample) -> Iterator[Row]:
    step, count = (FRAMES_9 if world.is_pve9 else FRAMES_8)[frame.timeframe]
    now = world.clock.now
    end = int(now // step) * step
    for time in range(end - (count - 1) * step, end + 1, step):
        is_complete = now - time >= LATENCY_SECONDS
        row = _consolidated(sample, (time, step), frame.consolidation) if is_complete else {}
        # Since PVE 9 a last row without data is left out.
        if row or time < end or not world.is_pve9:
            yield {"time": time} | row


def _consolidated(sample: Sample, span: tuple[int, int], consolidation: str) -> Row:
    """One row from samples of its step; empty when less than half of them are there."""
    time, step = span
    number = 1 if step <= 60 else SAMPLES_PER_LONG_STEP
    width = step / number
    moments = (time - step + width * (k + 0.5) for k in range(number))
    found = [row for row in (sample(moment) for moment in moments) if row is not None]
    if 2 * len(found) < number:
        return {}
    if consolidation == "MAX":
        return {key: max(row[key] for row in found if key in row) for key in found[-1]}
    return {key: _mean([row[key] for row in found if key in row]) for key in found[-1]}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _node_columns(figures: NodeFigures, node: Node, *, is_pve9: bool) -> Row:
    row = {
        "cpu": figures.cpu,
        "iowait": figures.iowait,
        "loadavg": figures.loadavg,
        "maxcpu": float(figures.maxcpu),
        "memtotal": float(figures.maxmem),
        "memused": float(figures.mem),
        "swaptotal": float(node.swap),
        "swapused": float(node.swap_used),
        "roottotal": float(figures.maxdisk),
        "rootused": float(figures.disk),
        "netin": figures.netin,
        "netout": figures.netout,
    }
    if not is_pve9:
        return row
    return row | {
        "memavailable": float(figures.maxmem - figures.mem),
        "arcsize": float(node.arc),
        "pressurecpusome": figures.pressure_cpu,
        "pressureiosome": figures.pressure_io,
        "pressureiofull": figures.pressure_io_full,
        "pressurememorysome": figures.pressure_memory,
        "pressurememoryfull": figures.pressure_memory / 2,
    }


def _resting_columns(figures: GuestFigures) -> Row:
    return {
        "maxcpu": float(figures.maxcpu),
        "maxmem": float(figures.maxmem),
        "maxdisk": float(figures.maxdisk),
        "disk": float(figures.disk),
    }


def _guest_columns(figures: GuestFigures, rates: tuple[float, float], *, is_pve9: bool) -> Row:
    net, disk = rates
    row = _resting_columns(figures) | {
        "cpu": figures.cpu,
        "mem": float(figures.mem),
        "netin": net,
        "netout": net / 2,
        "diskread": disk,
        "diskwrite": disk * 2,
    }
    if not is_pve9:
        return row
    pressures = {f"pressure{name}": value for name, value in guest_pressures(figures).items()}
    return row | {"memhost": float(figures.memhost)} | pressures

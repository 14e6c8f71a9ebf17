# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The `load` of a guest in scenario files."""

from __future__ import annotations

import csv
import zlib
from dataclasses import dataclass
from pathlib import Path

from . import traces
from .reading import ScenarioError, Section, number, part_of, seconds, share, size, text, whole
from .world.loads import Constant, Daily, Demand, Load, Noisy, Series, Steps


@dataclass(frozen=True)
class LoadContext:
    """What a load is measured against; series files lie in `folder`."""

    cores: float
    memory: int
    start: float
    seed: int
    folder: Path
    vmid: int = 0


def read_load(place: str, value: object, context: LoadContext) -> Load:
    """A share of everything, constants, a daily curve, steps or a series; with or without noise."""
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        both = share_at(place, value)
        return Constant(Demand(both * context.cores, both * context.memory))
    section = Section(place, value)
    noise = section.take("noise", share, 0.0)
    load = _read_kind(section, context)
    section.done()
    if not noise:
        return load
    # The same guest gets the same noise in every run, whatever else the scenario holds.
    return Noisy(load, noise, zlib.crc32(f"{context.seed}/{place}".encode()))


def share_at(place: str, value: object) -> float:
    """A share, with the place in the error."""
    try:
        return share(value)
    except ValueError as error:
        raise ScenarioError(f"{place}: {error}") from error


def _read_kind(section: Section, context: LoadContext) -> Load:
    if section.has("daily"):
        return _daily(section.section("daily"), context)
    if section.has("steps"):
        return _steps(section, context)
    if section.has("series"):
        return _series(section, context)
    return Constant(_demand(section, context))


def _demand(section: Section, context: LoadContext) -> Demand:
    cpu = section.take("cpu", part_of(context.cores, number), 0.0)
    memory = section.take("memory", part_of(context.memory, size), 0.0)
    return Demand(cpu, memory)


def _daily(section: Section, context: LoadContext) -> Load:
    night, peak = section.section("night"), section.section("peak")
    load = Daily(_demand(night, context), _demand(peak, context), section.take("hour", number, 14.0))
    for part in (night, peak, section):
        part.done()
    return load


def _steps(section: Section, context: LoadContext) -> Load:
    moments, demands = [], []
    for step in section.items("steps"):
        moments.append(context.start + step.take("after", seconds))
        demands.append(_demand(step, context))
        step.done()
    if not moments or moments != sorted(moments):
        raise ScenarioError(f"{section.place}.steps: expected at least one step, in the order of time")
    return Steps(moments, demands)


def _series(section: Section, context: LoadContext) -> Load:
    """A CSV file with a heading, or one row of an archive of traces."""
    path = context.folder / section.take("series", text)
    step = section.take("step", seconds, 300.0)
    row = section.take("row", whole, context.vmid)
    constant = _demand(section, context)
    try:
        demands = _trace(path, row, constant, context) if path.suffix == ".npz" else _table(path, constant, context)
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{section.place}.series: {error}") from error
    if not demands:
        raise ScenarioError(f"{section.place}.series: {path} holds no samples")
    return Series(context.start, step, demands)


def _table(path: Path, constant: Demand, context: LoadContext) -> list[Demand]:
    """Columns cpu (cores) and memory (bytes or 6G), or shares such as 40%."""
    with path.open(newline="", encoding="utf-8") as stream:
        return [_sample(row, constant, context) for row in csv.DictReader(stream)]


def _trace(path: Path, row: int, constant: Demand, context: LoadContext) -> list[Demand]:
    """Guests with different numbers get different rows; what the archive does not hold stays constant."""
    found = traces.shares(path, row)
    memory = found.get("memory")
    return [
        Demand(cpu * context.cores, memory[index] * context.memory if memory else constant.memory)
        for index, cpu in enumerate(found["cpu"])
    ]


def _sample(row: dict[str, str], constant: Demand, context: LoadContext) -> Demand:
    if not {"cpu", "memory"} & set(row):
        raise ValueError(f"expected columns named cpu or memory, found {', '.join(map(str, row))}")
    cpu, memory = row.get("cpu"), row.get("memory")
    return Demand(
        part_of(context.cores, lambda value: float(str(value)))(cpu) if cpu else constant.cpu,
        part_of(context.memory, size)(memory) if memory else constant.memory,
    )

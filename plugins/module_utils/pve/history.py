# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Recorded figures (rrddata) -> series of the model. No input or output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

from ansible_collections.pve.drs.plugins.module_utils.core.model.history import ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series, series_of
from ansible_collections.pve.drs.plugins.module_utils.pve.translate import busier_direction, cores, resident
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, Rows, number

HOUR_SECONDS = 3600
# A name of the model -> a column, which is also a field of the listings of guests (pve-api 4, 5.2).
PRESSURES = {
    f"{resource}_{kind}": f"pressure{resource}{kind}"
    for resource in ("cpu", "io", "memory")
    for kind in ("some", "full")
}


def node_past(means: Rows, peaks: Rows = ()) -> ObjectHistory:
    """Of a node, from rows of AVERAGE and of MAX; pressure that was never recorded (PVE 8) is left out."""
    return ObjectHistory(
        cpu=_series(means, _node_cores),
        memory=_series(means, partial(_value, "memused")),
        network=_series(means, busier_direction),
        pressure=_pressures(means),
        pressure_peaks=_pressures(peaks),
    )


def guest_past(kind: str, means: Rows) -> ObjectHistory:
    """Of a guest; memory is what it holds on its host, as far as that was recorded (drs-model 2.6)."""
    return ObjectHistory(
        cpu=_series(means, cores),
        memory=_series(means, lambda row: resident({**row, "type": kind})),
        network=_series(means, busier_direction),
        pressure=_pressures(means),
    )


def joined(older: Rows, recent: Rows) -> Rows:
    """A coarse long past, and a fine short one for the time that it covers."""
    begin = min((_moment(row) for row in recent), default=float("inf"))
    return (*_by_hour([row for row in older if _moment(row) < begin]), *recent)


def continued(older: ObjectHistory, newer: ObjectHistory) -> ObjectHistory:
    """What was recorded until the samples of another begin; pressure is not sampled."""
    return replace(older, cpu=_continued(older.cpu, newer.cpu), memory=_continued(older.memory, newer.memory))


def newest(rows: Rows, column: str) -> float | None:
    """The last known value of a column."""
    return next((value for row in reversed(rows) if (value := number(row.get(column))) is not None), None)


def pressures_of(row: Row) -> dict[str, float]:
    """Present pressure in percent, of VMs as numbers and of containers as texts; empty before PVE 9."""
    found = {name: number(row.get(column)) for name, column in PRESSURES.items()}
    return {name: value for name, value in found.items() if value is not None}


def _continued(older: Series, newer: Series) -> Series:
    begin = newer.samples[0][0] if newer.samples else float("inf")
    return series_of([*(sample for sample in older.samples if sample[0] < begin), *newer.samples])


def _by_hour(rows: Rows) -> Iterator[Row]:
    """Rows of several hours each (PVE 8) stand for every one of these hours."""
    for before, row in pairwise([{"time": float("inf")}, *rows]):
        span = _moment(row) - _moment(before)
        hours = int(span // HOUR_SECONDS) if span > HOUR_SECONDS else 1
        yield from ({**row, "time": _moment(row) - back * HOUR_SECONDS} for back in range(hours))


def _moment(row: Row) -> float:
    """A row without a moment comes last, where it replaces nothing."""
    time = number(row.get("time"))
    return float("inf") if time is None else time


def _series(rows: Rows, value: Callable[[Row], float | None]) -> Series:
    """A row without a moment is no sample; one without the value is a missing sample."""
    moments = ((number(row.get("time")), row) for row in rows)
    return series_of((time, value(row)) for time, row in moments if time is not None)


def _pressures(rows: Rows) -> dict[str, Series]:
    recorded = {key for row in rows for key in row}
    return {name: _series(rows, partial(_value, column)) for name, column in PRESSURES.items() if column in recorded}


def _value(column: str, row: Row) -> float | None:
    return number(row.get(column))


def _node_cores(row: Row) -> float | None:
    share, cpus = number(row.get("cpu")), number(row.get("maxcpu"))
    return share * cpus if share is not None and cpus else None

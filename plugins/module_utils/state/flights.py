# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Moves in flight, written before they are requested, so that a run that is killed leaves word of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.record import FlightRecord, MoveRecord
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.rows import made, put, select

QUERY = select(FlightRecord, "flights") + "WHERE cluster = ? ORDER BY began, vmid"


def recall_flights(state: StateFile, cluster: str) -> tuple[FlightRecord, ...]:
    """In the order in which they were requested. Raises StateUnusable."""
    return tuple(_flights(state.rows(QUERY, cluster)))


def record_flight(state: StateFile, cluster: str, flight: FlightRecord, move: MoveRecord) -> None:
    """A move is about to be requested, or was. Raises StateUnusable."""
    with state.transaction() as database:
        put(database, "moves", asdict(move))
        put(database, "flights", {"cluster": cluster} | asdict(flight) | {"known": json.dumps(flight.known)})


def _flights(rows: list[tuple[object, ...]]) -> Iterator[FlightRecord]:
    for row in rows:
        flight = made(FlightRecord, row)
        is_ha = None if flight.is_ha is None else bool(flight.is_ha)
        yield replace(flight, known=tuple(json.loads(str(flight.known))), is_ha=is_ha)

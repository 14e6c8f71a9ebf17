# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A move that was started: what we know of it while it runs, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, PlannedMove


@dataclass(slots=True, kw_only=True)
class Flight:
    """`upid` is None while the answer to the start was lost; moments are those of the execution's clock.

    `epoch` is the moment of the start as calendars have it, in seconds.

    `is_down` says that it has its result, `cancelled` is when its task was told to end.
    `known` holds the UPIDs that existed before the start, so that older tasks are not taken for this one. `fault` is
    the bug that we ran into when we started or watched it. Of guests under HA, `arrived` is when the HA manager had it
    settled on its target for the first time, and `rounds` how many it has done since then, of `beats` in all.
    """

    planned: PlannedMove
    sid: str
    is_ha: bool
    was_running: bool = False
    began: float
    epoch: float
    upid: str | None = None
    known: frozenset[str] = frozenset()
    last_heard: float = field(init=False)
    is_requested: bool = False
    was_moving: bool = False
    arrived: float | None = None
    rounds: int = 0
    beats: int = 0
    manager_beat: str = ""
    ended: float | None = None
    is_down: bool = False
    cancelled: float | None = None
    fault: str | None = None

    def __post_init__(self) -> None:
        self.last_heard = self.began

    @property
    def move(self) -> Move:
        return self.planned.move


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How following a flight ended: well (no problem), with a problem, or open, when it could not be awaited."""

    problem: str | None = None
    is_open: bool = False
    warnings: tuple[str, ...] = ()

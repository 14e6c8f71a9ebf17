# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is kept of runs: the runs themselves, their moves, and moves that nobody has seen the end of yet."""

from __future__ import annotations

from dataclasses import dataclass

# Results of a run that did not end with an outcome of its own.
OPEN, KILLED = "open", "killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One execution; moments in seconds since the epoch, `ended` None while it is under way.

    `result` is open, complete, incomplete or interrupted, or killed where another run had to find out what became
    of its moves; `planned` counts moves.
    """

    run: str
    cluster: str
    command: str
    owner: str
    began: float
    ended: float | None = None
    policy: str
    method: str
    fingerprint: str
    triggers: tuple[str, ...]
    planned: int
    result: str = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRecord:
    """One move of a run; the loads of its source and target are fractions, as found and as the whole plan leaves them.

    `status` is that of an outcome, and `began` None where it was never started; `bytes` is what was sent, None where
    nobody could tell.
    """

    run: str
    number: int
    vmid: int
    name: str
    source: str
    target: str
    mode: str
    category: str
    reason: str
    source_before: float | None = None
    source_after: float | None = None
    target_before: float | None = None
    target_after: float | None = None
    status: str
    end_reason: str = ""
    began: float | None = None
    seconds: float = 0.0
    bytes: float | None = None
    upid: str | None = None

    @property
    def label(self) -> str:
        return f"{self.vmid} ({self.name})" if self.name else str(self.vmid)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightRecord:
    """A move that may be under way, of which no run has recorded the end; `began` in seconds since the epoch.

    `sid` and `is_ha` are None where the run ended before the answer to its request came; `known` are the UPIDs that
    existed before.
    """

    vmid: int
    run: str
    number: int
    source: str
    target: str
    began: float
    sid: str | None = None
    is_ha: bool | None = None
    known: tuple[str, ...] = ()
    upid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The newest first."""

    runs: tuple[RunRecord, ...] = ()
    moves: tuple[MoveRecord, ...] = ()


NO_RECORD = Record()

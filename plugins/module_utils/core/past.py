# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What earlier runs did, as plain data and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.record import MoveRecord, RunRecord

MOST = 10
Facts = dict[str, Any]


def last_migrations(history: History) -> list[Facts]:
    """The newest first; where no run has recorded any, those that Proxmox VE itself tells of."""
    recorded = [_move(move) for move in history.record.moves[:MOST]]
    if recorded:
        return recorded
    told = sorted(history.moves, reverse=True)[:MOST]
    return [_told(past) for past in told]


def last_runs(history: History) -> list[Facts]:
    """The newest first."""
    return [_run(run) for run in history.record.runs[:MOST]]


def past_lines(history: History) -> Iterator[str]:
    """One line for each recorded migration."""
    for move in history.record.moves[:MOST]:
        yield f"{_moment(move.began)} {move.label} {move.source} -> {move.target}: {move.status} after {move.seconds:.0f} s"


def _move(move: MoveRecord) -> Facts:
    return {
        "vmid": move.vmid,
        "name": move.name,
        "source": move.source,
        "target": move.target,
        "mode": move.mode,
        "category": move.category,
        "reason": move.reason,
        "status": move.status,
        "end_reason": move.end_reason,
        "began": move.began,
        "ended": None if move.began is None else round(move.began + move.seconds, 1),
        "seconds": round(move.seconds, 1),
        "source_before_percent": _percent(move.source_before),
        "source_after_percent": _percent(move.source_after),
        "target_before_percent": _percent(move.target_before),
        "target_after_percent": _percent(move.target_after),
        "run": move.run,
    }


def _told(past: PastMove) -> Facts:
    return {
        "vmid": past.vmid,
        "source": past.source,
        "target": past.target,
        "status": "done",
        "ended": past.ended,
    }


def _run(run: RunRecord) -> Facts:
    return {
        "run": run.run,
        "command": run.command,
        "owner": run.owner,
        "began": run.began,
        "ended": run.ended,
        "policy": run.policy,
        "method": run.method,
        "triggers": list(run.triggers),
        "planned": run.planned,
        "result": run.result,
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100.0 * share, 2)


def _moment(time: float | None) -> str:
    return datetime.fromtimestamp(time or 0.0, UTC).strftime("%Y-%m-%d %H:%M UTC")

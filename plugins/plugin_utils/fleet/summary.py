# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a play did with each of several clusters, in one line and a few numbers for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.pve.drs.plugins.plugin_utils.report.moves import counts
from ansible_collections.pve.drs.plugins.plugin_utils.report.reading import Found, count, part, parts, text

FAILED, MOVED, PLANNED, WAITING, IDLE = "failed", "moved", "planned", "waiting", "idle"
STATUSES = (MOVED, PLANNED, WAITING, IDLE, FAILED)
UNTOLD = "it failed without a message that could be told here"
LATER = "the run itself ended well, but something after it failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the module returned for a host, whether all tasks of the play went well, and the files that were asked for."""

    host: str
    result: Found
    is_finished: bool
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One cluster. `moves` were planned; `done`, `failed`, `skipped` and `running` tell what became of them."""

    host: str
    cluster: str
    status: str
    moves: int
    done: int
    failed: int
    skipped: int
    running: int
    recommended: int
    refused: int
    message: str
    files: tuple[str, ...]


def row_of(run: Run) -> Row:
    """Files are only named where there was a plan to be written to them."""
    plan, outcome = part(run.result, "plan"), part(run.result, "outcome")
    ends, status = part(outcome, "counts"), _status(run)
    return Row(
        host=run.host,
        cluster=text(plan, "cluster"),
        status=status,
        moves=count(plan, "move_count"),
        done=count(ends, "done"),
        failed=count(ends, "failed"),
        skipped=count(ends, "skipped"),
        running=count(ends, "running"),
        recommended=len(parts(plan, "recommended")),
        refused=len(parts(plan, "refusals")),
        message=_message(run, status),
        files=run.files if plan else (),
    )


def summary_data(rows: Sequence[Row]) -> dict[str, Any]:
    """For other programs."""
    clusters = [asdict(row) | {"files": list(row.files)} for row in rows]
    return {"clusters": clusters, "counts": {status: number_of(rows, status) for status in STATUSES}}


def number_of(rows: Sequence[Row], status: str) -> int:
    return sum(row.status == status for row in rows)


def _status(run: Run) -> str:
    plan = part(run.result, "plan")
    if run.result.get("failed") or not run.is_finished:
        return FAILED
    if part(run.result, "outcome"):
        return MOVED
    if count(plan, "move_count"):
        return PLANNED
    return WAITING if parts(plan, "recommended") else IDLE


def _message(run: Run, status: str) -> str:
    """Why it failed, or what was done, in one line."""
    if status != FAILED:
        plain = "" if part(run.result, "plan") else text(run.result, "report")
        return counts(part(run.result, "outcome")) or " ".join(plain.split())
    if run.result.get("failed"):
        return " ".join(text(run.result, "msg").split()) or UNTOLD
    return LATER if run.result else UNTOLD

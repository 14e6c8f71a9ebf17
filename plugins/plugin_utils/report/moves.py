# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Moves as they were planned, each with what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.plugin_utils.report.page import MoveRow, Recommended
from ansible_collections.pve.drs.plugins.plugin_utils.report.reading import (
    Found,
    Listed,
    first,
    label,
    number,
    part,
    parts,
    text,
    texts,
)
from ansible_collections.pve.drs.plugins.plugin_utils.report.words import duration, size

PLANNED = "planned"
DONE = "done"
CROWDED = 100
MOST = 300
MOST_RECOMMENDED = 50
KINDS = {"qemu": "VM", "lxc": "container"}


@dataclass(frozen=True, slots=True)
class Told:
    """A move of the plan with the number of its step, and what became of it, if anything was tried."""

    step: int
    move: Found
    ended: Found

    @property
    def status(self) -> str:
        return text(self.ended, "status") or PLANNED


def told_moves(plan: Found, outcome: Found) -> list[Told]:
    """In the order of the plan, and of those that took its place; what became of them is told in the same order."""
    plans = (plan, *parts(outcome, "later_plans"))
    steps = enumerate((step for found in plans for step in parts(found, "steps")), start=1)
    moves = [(number, move) for number, step in steps for move in parts(step, "moves")]
    ended = [*parts(outcome, "moves"), *({} for _unused in moves)]
    return [Told(number, move, entry) for (number, move), entry in zip(moves, ended, strict=False)]


def move_rows(told: Sequence[Told]) -> Listed[MoveRow]:
    """In their order; where there are more than anybody reads, those that did not end well come first."""
    listed = sorted(told, key=lambda entry: entry.status in (PLANNED, DONE)) if len(told) > CROWDED else told
    return first(map(_row, listed), MOST)


def recommended(plan: Found) -> Listed[Recommended]:
    """Those that belong together, together."""
    return first(_recommended(plan), MOST_RECOMMENDED)


def _recommended(plan: Found) -> Iterator[Recommended]:
    for entry in parts(plan, "recommended"):
        rows = tuple(_row(Told(0, move, {})) for move in parts(entry, "moves"))
        yield Recommended(id=text(entry, "id"), why=text(entry, "why"), moves=rows)


def _row(told: Told) -> MoveRow:
    move, kind = told.move, text(told.move, "type")
    return MoveRow(
        step=told.step,
        guest=label(move),
        kind=f"{KINDS.get(kind, kind)}, {text(move, 'mode')}",
        source=text(move, "source"),
        target=text(move, "target"),
        status=told.status,
        reason=text(move, "reason").replace(" -> ", " → "),
        category=text(move, "category"),
        result=_result(told),
        memory=size(number(move, "memory_bytes")),
        estimate=_estimate(move),
        took=duration(number(told.ended, "seconds")) if number(told.ended, "seconds") else "",
        warnings=tuple(texts(told.ended, "warnings")),
    )


def _estimate(move: Found) -> str:
    downtime = number(move, "estimated_downtime_seconds")
    pause = f", pause {downtime:.2g} s" if downtime else ""
    return f"{duration(number(move, 'estimated_seconds'))}, {size(number(move, 'estimated_bytes'))} to send{pause}"


def _result(told: Told) -> str:
    """Where the guest is, where that is not the target, and why."""
    node = text(told.ended, "node")
    if told.status == PLANNED or (told.status == DONE and node in ("", text(told.move, "target"))):
        return ""
    place = f"is on {node}" if node else "could not be located: look for it"
    return f"{place}: {text(told.ended, 'reason')}"


def counts(outcome: Found) -> str:
    """3 done, 1 failed; without those that are none."""
    found = part(outcome, "counts")
    numbers = {status: int(number(found, status) or 0) for status in ("done", "failed", "running", "skipped")}
    return ", ".join(f"{amount:,} {status}" for status, amount in numbers.items() if amount)

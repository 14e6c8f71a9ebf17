# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The summary of a fleet as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.pve.drs.plugins.plugin_utils.fleet.summary import (
    FAILED,
    IDLE,
    MOVED,
    PLANNED,
    STATUSES,
    WAITING,
    Row,
    number_of,
)
from ansible_collections.pve.drs.plugins.plugin_utils.report.words import counted

WORDS = {
    MOVED: "moved guests",
    PLANNED: "would move guests",
    WAITING: "waiting for consent",
    IDLE: "nothing to do",
    FAILED: "FAILED",
}
WHERE_ANY = ("done", "failed", "skipped", "running", "recommended")


def summary_text(rows: Sequence[Row]) -> str:
    """A line for each cluster, then why some failed, then where the reports are."""
    summed = ", ".join(f"{number} {WORDS[status]}" for status in STATUSES if (number := number_of(rows, status)))
    failures = [f"{row.host}: {row.message}" for row in rows if row.status == FAILED]
    files = [f"{row.host}: {', '.join(row.files)}" for row in rows if row.files]
    lines = [
        f"pve.drs: {counted(len(rows), 'cluster')}: {summed}",
        "",
        *_table(rows),
        *_section("What failed", failures),
        *_section("Files", files),
    ]
    return "\n".join(lines) + "\n"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    """Numbers stand to the right, words to the left."""
    known = [name for name in WHERE_ANY if any(getattr(row, name) for row in rows)]
    figures = ("moves", *known, "refused")
    cells = [("host", "cluster", *figures, "result"), *(_cells(row, figures) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for host, cluster, *numbers, result in cells:
        aligned = (number.rjust(width) for number, width in zip(numbers, widths[2:-1], strict=True))
        yield "  ".join(("", host.ljust(widths[0]), cluster.ljust(widths[1]), *aligned, result))


def _cells(row: Row, figures: Sequence[str]) -> tuple[str, ...]:
    """Where nothing was planned, nothing is known."""
    numbers = (str(getattr(row, name)) if row.cluster else "-" for name in figures)
    return (row.host, row.cluster or "-", *numbers, WORDS[row.status])


def _section(title: str, entries: Sequence[str]) -> list[str]:
    return ["", title, *(f"  - {entry}" for entry in entries)] if entries else []

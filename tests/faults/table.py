# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The fault matrix as a table: for the terminal, and for docs/reference/faults.md."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from itertools import groupby

from ansible_collections.pve.drs.tests.faults.rows import Row

WIDTHS = (44, 30, 60)
HEAD = ("fault", "moment", "what becomes of it", "exit")
TOPICS = {
    "access": "Access and transport",
    "api": "Answers of the API",
    "evacuate": "While a node is emptied",
    "ha": "The HA manager",
    "nodes": "Nodes, networks and storages",
    "strangers": "Other people and other jobs",
    "tasks": "Migrations that fail or hang",
}
PREFACE = """\
<!--
Copyright: (c) 2026, the pve.drs authors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
SPDX-FileCopyrightText: 2026 the pve.drs authors
-->

# What becomes of a run when things go wrong

Each line is played in a simulated cluster (`make faults`; the data are in `tests/faults/matrix`). Whatever happens, every guest of the plan is in the
outcome with the node where it really is, what we start breaks no rule and fills no node at the moment when we start it, and nothing of ours is on its
way without being named as `running`. The last column is how the task ends in Ansible, with a part of its message or of its warnings.
"""


def heading() -> str:
    """The first lines of the table in a terminal."""
    return f"{_line(HEAD)}\n{'-' * (sum(WIDTHS) + 2 * len(WIDTHS) + 6)}"


def told(row: Row, complaints: Iterable[str]) -> str:
    """One row of the table in a terminal; what is wrong with it stands below."""
    found = list(complaints)
    lines = [_line((row.fault, row.moment, row.becomes, row.exit if not found else "WRONG"))]
    lines += [textwrap.fill(text, 140, initial_indent="    ! ", subsequent_indent="      ") for text in found]
    return "\n".join(lines)


def markdown(rows: Iterable[Row]) -> str:
    """The page for the documentation."""
    parts = [PREFACE]
    for topic, found in groupby(rows, key=lambda row: row.topic):
        parts.append(
            f"\n## {TOPICS[topic]}\n\n| fault | moment | what becomes of it | exit |\n| --- | --- | --- | --- |\n"
        )
        parts += [f"| {row.fault} | {row.moment} | {row.becomes} | {_exit(row)} |\n" for row in found]
    return "".join(parts)


def _exit(row: Row) -> str:
    words = row.message or row.warning
    kind = "" if row.message else ", warning"
    return f"{row.exit}{kind}: `{words}`" if words else row.exit


def _line(cells: tuple[str, ...]) -> str:
    columns = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, WIDTHS, strict=False)]
    return "\n".join(_joined(columns, number, cells[-1]) for number in range(max(map(len, columns)))).rstrip()


def _joined(columns: list[list[str]], number: int, last: str) -> str:
    parts = [_cell(column, number, width) for column, width in zip(columns, WIDTHS, strict=True)]
    return "  ".join([*parts, last if number == 0 else ""]).rstrip()


def _cell(column: list[str], number: int, width: int) -> str:
    return (column[number] if number < len(column) else "").ljust(width)

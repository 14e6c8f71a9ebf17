# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Play the fault matrix and print it (`make faults`); words choose rows whose name contains one of them."""

from __future__ import annotations

import sys

from ansible_collections.pve.drs.tests.faults.play import play
from ansible_collections.pve.drs.tests.faults.rows import Row, all_rows
from ansible_collections.pve.drs.tests.faults.table import heading, told


def main(words: list[str]) -> int:
    """Exit status 1 when a row did not come out as documented."""
    rows = [row for row in all_rows() if not words or any(word in row.name for word in words)]
    print(heading(), flush=True)
    wrong = sum(not _shown(row) for row in rows)
    print(f"{len(rows) - wrong} passed, {wrong} failed")
    return 1 if wrong or not rows else 0


def _shown(row: Row) -> bool:
    """Whether it came out as documented."""
    try:
        complaints = play(row).complaints
    except Exception as error:  # noqa: BLE001 - a row that breaks is told, and the others are played
        complaints = (f"it broke: {error!r}",)
    print(told(row, complaints), flush=True)
    return not complaints


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

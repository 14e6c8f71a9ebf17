# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""In how many runs in a row reasons to act have held."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.history import Hold
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile


def recall_holds(state: StateFile, cluster: str) -> dict[str, Hold]:
    """By reason, as the run before left them. Raises StateUnusable."""
    rows = state.rows("SELECT reason, runs, time FROM holds WHERE cluster = ?", cluster)
    return {reason: Hold(count=runs, time=time) for reason, runs, time in rows}


def remember_holds(state: StateFile, cluster: str, holds: Mapping[str, Hold]) -> None:
    """Put these in the place of the cluster's earlier ones. Raises StateUnusable."""
    if state.is_read_only:
        return
    rows = [(cluster, reason, hold.count, hold.time) for reason, hold in sorted(holds.items())]
    with state.transaction() as database:
        database.execute("DELETE FROM holds WHERE cluster = ?", (cluster,))
        database.executemany("INSERT INTO holds VALUES (?, ?, ?, ?)", rows)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How far the evacuation of each node has come."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Evacuation
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile

QUERY = "SELECT node, phase, time, detail FROM evacuations WHERE cluster = ?"
PUT = "INSERT OR REPLACE INTO evacuations (cluster, node, phase, time, detail) VALUES (?, ?, ?, ?, ?)"


def recall_evacuations(state: StateFile, cluster: str) -> dict[str, Evacuation]:
    """By node. Raises StateUnusable."""
    return {
        node: Evacuation(node=node, phase=phase, time=time, detail=detail)
        for node, phase, time, detail in state.rows(QUERY, cluster)
    }


def remember_evacuation(state: StateFile, cluster: str, evacuation: Evacuation) -> None:
    """In the place of what was known of that node. Raises StateUnusable."""
    if state.is_read_only:
        return
    with state.transaction() as database:
        database.execute(PUT, (cluster, evacuation.node, evacuation.phase, evacuation.time, evacuation.detail))

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What options of guests held before we wrote to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from ansible_collections.pve.drs.plugins.module_utils.core.model.settings import Kept
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.rows import made, put, select

QUERY = select(Kept, "settings") + "WHERE cluster = ? ORDER BY vmid, option"
REMOVE = "DELETE FROM settings WHERE cluster = ? AND vmid = ? AND option = ?"


def recall_settings(state: StateFile, cluster: str) -> tuple[Kept, ...]:
    """In order of vmid and option. Raises StateUnusable."""
    return tuple(made(Kept, row) for row in state.rows(QUERY, cluster))


def remember_settings(
    state: StateFile, cluster: str, kept: Iterable[Kept], forgotten: Iterable[tuple[int, str]] = ()
) -> None:
    """All of it, or nothing; what is forgotten is by vmid and option. Raises StateUnusable."""
    rows, gone = tuple(kept), [(cluster, *key) for key in forgotten]
    if (rows or gone) and not state.is_read_only:
        with state.transaction() as database:
            for row in rows:
                put(database, "settings", {"cluster": cluster} | asdict(row))
            database.executemany(REMOVE, gone)

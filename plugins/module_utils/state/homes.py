# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Where guests that were moved off a node belong."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Home
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile

QUERY = "SELECT vmid, node, target, was_running, time FROM homes WHERE cluster = ?"
PUT = "INSERT OR REPLACE INTO homes (cluster, vmid, node, target, was_running, time) VALUES (?, ?, ?, ?, ?, ?)"
REMOVE = "DELETE FROM homes WHERE cluster = ? AND vmid = ?"


def recall_homes(state: StateFile, cluster: str) -> dict[int, Home]:
    """By vmid. Raises StateUnusable."""
    return {
        vmid: Home(vmid=vmid, node=node, target=target, was_running=bool(was_running), time=time)
        for vmid, node, target, was_running, time in state.rows(QUERY, cluster)
    }


def remember_homes(state: StateFile, cluster: str, homes: Iterable[Home]) -> None:
    """All of them, or none; those of other guests stay as they are. Raises StateUnusable."""
    rows = [(cluster, home.vmid, home.node, home.target, home.was_running, home.time) for home in homes]
    if rows and not state.is_read_only:
        with state.transaction() as database:
            database.executemany(PUT, rows)


def forget_homes(state: StateFile, cluster: str, vmids: Iterable[int]) -> None:
    """Of guests that are home again, or gone; unknown ones are passed over. Raises StateUnusable."""
    rows = [(cluster, vmid) for vmid in vmids]
    if rows and not state.is_read_only:
        with state.transaction() as database:
            database.executemany(REMOVE, rows)

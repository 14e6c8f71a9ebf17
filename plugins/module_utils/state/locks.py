# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""At most one run at work on each cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from ansible_collections.pve.drs.plugins.module_utils.core.model.lock import Lock
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.rows import made, put, select

QUERY = select(Lock, "locks") + "WHERE cluster = ?"
RENEW = "UPDATE locks SET expires = ? WHERE cluster = ? AND token = ?"
RELEASE = "DELETE FROM locks WHERE cluster = ? AND token = ?"


def take_lock(
    state: StateFile, cluster: str, wanted: Lock, is_over: Callable[[Lock], bool]
) -> tuple[bool, Lock | None]:
    """Whether it is ours now, and the lock that was there before. Raises StateUnusable.

    Looks and takes in one transaction; somebody else's lock is taken over only when it `is_over`.
    """
    with state.transaction() as database:
        row = database.execute(QUERY, (cluster,)).fetchone()
        held = made(Lock, row) if row else None
        is_free = held is None or is_over(held)
        if is_free:
            put(database, "locks", {"cluster": cluster} | asdict(wanted))
    return is_free, held


def renew_lock(state: StateFile, cluster: str, token: str, expires: float) -> bool:
    """False where it has become somebody else's. Raises StateUnusable."""
    with state.transaction() as database:
        return database.execute(RENEW, (expires, cluster, token)).rowcount > 0


def release_lock(state: StateFile, cluster: str, token: str) -> None:
    """One that has become somebody else's stays. Raises StateUnusable."""
    with state.transaction() as database:
        database.execute(RELEASE, (cluster, token))

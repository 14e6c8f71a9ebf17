# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What migrations sent, for later runs to learn from. Of each cluster the last 500 of the last 90 days are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from ansible_collections.pve.drs.plugins.module_utils.core.model.learned import Transfer
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.rows import made, put, select

KEPT_TRANSFERS = 500
KEPT_SECONDS = 90 * 24 * 3600.0
NEWEST = "WHERE cluster = ? ORDER BY began DESC, run, number DESC LIMIT ?"
FOUND = select(Transfer, "transfers") + NEWEST
TOO_OLD = "DELETE FROM transfers WHERE cluster = ? AND began < ?"
TOO_MANY = f"""DELETE FROM transfers WHERE cluster = ? AND (run, number) NOT IN
    (SELECT run, number FROM transfers {NEWEST})"""  # noqa: S608 - a text of our own


def recall_transfers(state: StateFile, cluster: str) -> tuple[Transfer, ...]:
    """The newest first. Raises StateUnusable."""
    rows = state.rows(FOUND, cluster, KEPT_TRANSFERS)
    return tuple(made(Transfer, row) for row in rows)


def record_transfers(state: StateFile, cluster: str, transfers: Iterable[Transfer], now: float) -> None:
    """Add these, and drop what is too old. Raises StateUnusable."""
    with state.transaction() as database:
        for transfer in transfers:
            put(database, "transfers", asdict(transfer) | {"cluster": cluster})
        database.execute(TOO_OLD, (cluster, now - KEPT_SECONDS))
        database.execute(TOO_MANY, (cluster, cluster, KEPT_TRANSFERS))

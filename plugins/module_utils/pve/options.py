# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How patient an execution is."""

from __future__ import annotations

from dataclasses import dataclass

SKIP, STOP, REPLAN = "skip", "stop", "replan"
ON_DRIFT = (SKIP, STOP, REPLAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecuteOptions:
    """`retries` is how often a failed move is tried again, 0 or 1, after `retry` seconds. `on_drift` is what to do
    when a move turns out to be no longer right: skip it, stop there, or plan again. The others are in seconds.

    `poll`: between two looks at what runs. `settle`: after a step, until every node has published
    fresh figures (pvestatd: every 10 s, each node in its own rhythm; pve-api 15, item 18).
    `ha_patience`: until the HA manager must have begun a requested move (pve-api 6.4), and until it must have shown
    that it leaves a guest where it arrived.
    `lost`: how long to look for a migration after its task or node has vanished.
    `wait_foreign`: for what others do with a guest, or on its nodes, before its move is skipped.
    `migration_timeout`: until a migration is cancelled, or never.
    `grace`: how long to follow what runs after a pressing stop, such as a signal.
    """

    poll_seconds: float = 2.0
    settle_seconds: float = 20.0
    ha_patience_seconds: float = 60.0
    lost_seconds: float = 120.0
    grace_seconds: float = 60.0
    wait_foreign_seconds: float = 120.0
    migration_timeout_seconds: float | None = None
    on_drift: str = SKIP
    retries: int = 1
    retry_seconds: float = 30.0

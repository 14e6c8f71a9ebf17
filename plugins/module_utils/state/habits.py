# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What was learned of guests from run to run."""

from __future__ import annotations

import json

from ansible_collections.pve.drs.plugins.module_utils.core.model.demand import NO_HABITS, Habit, Habits
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile


def recall_habits(state: StateFile, cluster: str) -> Habits:
    """As the run before left them. Raises StateUnusable."""
    rows = state.rows("SELECT vmid, time, habit FROM habits WHERE cluster = ?", cluster)
    if not rows:
        return NO_HABITS
    return Habits(
        time=max(time for _vmid, time, _habit in rows), guests={vmid: _habit(text) for vmid, _time, text in rows}
    )


def remember_habits(state: StateFile, cluster: str, habits: Habits) -> None:
    """Put these in the place of the cluster's earlier ones. Raises StateUnusable."""
    if state.is_read_only:
        return
    rows = [(cluster, vmid, habits.time, json.dumps(habit)) for vmid, habit in sorted(habits.guests.items())]
    with state.transaction() as database:
        database.execute("DELETE FROM habits WHERE cluster = ?", (cluster,))
        database.executemany("INSERT INTO habits VALUES (?, ?, ?, ?)", rows)


def _habit(text: str) -> Habit:
    samples, averages, errors, third = json.loads(text)
    return Habit(samples, tuple(averages), tuple(errors), third)

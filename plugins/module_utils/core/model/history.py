# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is known of the past, and details that only some methods need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.pve.drs.plugins.module_utils.core.model.demand import NO_HABITS, Habits
from ansible_collections.pve.drs.plugins.module_utils.core.model.learned import NOTHING_LEARNED, Learned
from ansible_collections.pve.drs.plugins.module_utils.core.model.record import NO_RECORD, Record
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import NO_SAMPLES, Series


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectHistory:
    """Of a node or a guest: cpu in cores, memory in bytes, network in bytes per second of the busier direction.

    Pressure is in percent by name, such as cpu_some.

    `pressure_peaks` are the highest values within each step (cf MAX), `pressure` the means (AVERAGE).
    """

    cpu: Series = NO_SAMPLES
    memory: Series = NO_SAMPLES
    network: Series = NO_SAMPLES
    pressure: Mapping[str, Series] = field(default_factory=dict)
    pressure_peaks: Mapping[str, Series] = field(default_factory=dict)


NO_OBJECT_HISTORY = ObjectHistory()


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class PastMove:
    """A guest that went from source to target and arrived at `ended` (seconds since the epoch)."""

    ended: float
    vmid: int
    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """In how many runs in a row a trigger has fired, and when it last did (seconds since the epoch)."""

    count: int
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """By node name and vmid; `now` is the moment of collection in seconds since the epoch.

    A guest has an entry when it was asked for, an empty one when nothing was answered. `holds` are by the keys of
    triggers, as earlier runs left them; `habits` are what was learned of guests from run to run, `record` is of the last runs,
    `learned` is what their migrations teach.
    """

    now: float = 0.0
    nodes: Mapping[str, ObjectHistory] = field(default_factory=dict)
    guests: Mapping[int, ObjectHistory] = field(default_factory=dict)
    moves: tuple[PastMove, ...] = ()
    holds: Mapping[str, Hold] = field(default_factory=dict)
    habits: Habits = NO_HABITS
    record: Record = NO_RECORD
    learned: Learned = NOTHING_LEARNED


NO_HISTORY = History()

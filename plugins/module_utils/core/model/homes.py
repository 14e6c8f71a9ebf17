# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Where evacuated guests came from, and how far the evacuation of each node has come (drs-model 7.1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A guest that left `node` for `target`, where nobody else should have moved it from; time since the epoch."""

    vmid: int
    node: str
    target: str
    was_running: bool
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evacuation:
    """The phase a node is in since `time` (seconds since the epoch), and what else there is to say of it."""

    node: str
    phase: str
    time: float
    detail: str = ""

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A plan that was kept for later, as it is read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMove:
    """What a move is, and why; what it takes is estimated anew."""

    move: Move
    mode: str
    category: str
    reason: str
    group: str = ""
    gain: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedGuest:
    """What the plan took for granted of a guest that it moves."""

    name: str = ""
    cores: float
    memory_bytes: float
    lock: str | None = None
    is_active: bool = True
    is_ha: bool = False


SavedStep = tuple[SavedMove, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """Moments are in epoch seconds. `settings` are options as they were given; `nodes` has states by name.

    `rules` are digests of what rules said, by what they are called; `recommended` are moves by the id of their recommendation.
    """

    cluster: str
    fingerprint: str
    made: float
    valid_until: float
    settings: Mapping[str, Any] = field(default_factory=dict)
    nodes: Mapping[str, str] = field(default_factory=dict)
    guests: Mapping[int, SavedGuest] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[SavedStep, ...] = ()
    recommended: Mapping[str, SavedStep] = field(default_factory=dict)

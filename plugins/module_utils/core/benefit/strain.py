# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a migration costs those who run, in seconds of full score (drs-model 6.4)."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Cost

SLOW_DOWN = 0.1
STREAM_CORES = 1.0
RESTART_PENALTY = 10.0
FREE_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a migration: the share of all weights that its guests have, its cores, and how many are wanted (1 = all)."""

    weight: float
    cores: float
    wanted: float


def score_seconds(weight: float, cost: Cost, ends: tuple[End, ...], *, restarts: bool = False) -> float:
    """`weight` is the guest's share of all weights; a restart counts its whole stand-still ten times [Ex 6.3]."""
    still = cost.downtime_seconds * (RESTART_PENALTY if restarts else 1.0)
    own = weight * (SLOW_DOWN * cost.seconds + still)
    return own + sum(_at(end) * cost.seconds for end in ends)


def _at(end: End) -> float:
    """Sending and receiving keep a core busy, which hurts where cores are short."""
    crowded = min(1.0, max(0.0, (end.wanted - FREE_SHARE) / (1.0 - FREE_SHARE)))
    return end.weight * STREAM_CORES / end.cores * crowded

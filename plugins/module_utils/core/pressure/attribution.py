# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What moving a guest does to pressure: a rough model, in fractions of time (drs-model 2.7.3)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.score.efficiency import ready

STEEPNESS = 4
# Below this share of its cores, or memory, what a target waits for now says nothing of what it would wait for.
LITTLE_USE = 0.3


def eased(pressure: float, before: float, after: float) -> float:
    """With less demand, as a share of capacity [Ex 2.9]."""
    return pressure * (after / before) ** STEEPNESS if before > 0.0 else pressure


def strained(pressure: float, before: float, after: float) -> float:
    """With more demand [Ex 2.9]; never less than now, also where little was used."""
    if before < LITTLE_USE:
        return max(pressure, ready(after))
    return min(1.0, max(pressure, ready(before)) * (after / before) ** STEEPNESS)


def relieved(pressure: float, share: float) -> float:
    """Without the guests that cause this share of it [Ex 2.10]."""
    return pressure * max(0.0, 1.0 - share)


def joined(pressure: float, arriving: float) -> float:
    """With a guest that waits this share of the time: either of them waits, or both [Ex 2.10]."""
    return 1.0 - (1.0 - pressure) * (1.0 - min(1.0, arriving))

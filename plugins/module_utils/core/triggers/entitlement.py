# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests get less on their node than they are entitled to in the cluster (drs-model 5.5, 6.2)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger, Reading, Sight

# Of what a guest is entitled to may be missing.
MOST_MISSING = 0.20
SHOWN = 5


def read(sight: Sight) -> Reading:
    """Names the guests that lack most."""
    gaps = sight.gaps()
    lacking = sorted((-lacks(gap), vmid) for vmid, gap in gaps.items() if is_lacking(gap))
    allowed = f"{100 * MOST_MISSING:g} %"
    if not lacking:
        return Reading(fires=False, text=f"no guest lacks more than {allowed} of what it is entitled to")
    named = ", ".join(f"{vmid} lacks {-100 * gap:.1f} %" for gap, vmid in lacking[:SHOWN])
    more = f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
    return Reading(fires=True, text=f"guests lack more than {allowed} of what they are entitled to: {named}{more}")


def lacks(gap: float) -> float:
    """Without the last digits of sums."""
    return round(gap, 9)


def is_lacking(gap: float) -> bool:
    """So much that it is a reason to move guests."""
    return lacks(gap) > MOST_MISSING


ENTITLEMENT = LoadTrigger(
    name="entitlement",
    describes="guests get less than their pools entitle them to",
    read=read,
    is_about_load=False,
)

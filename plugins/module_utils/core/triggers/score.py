# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests do not get what they want (drs-model 6.2)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger, Reading, Sight

SHOWN = 5


def read(sight: Sight) -> Reading:
    """Names the worst served guests, and the score of the cluster."""
    score, least = sight.score(), sight.policy.score_min
    served = {vmid: found.value for vmid, found in score.guests.items() if round(found.value, 9) < least}
    whole = f"the score of the cluster is {100 * score.value:.1f} %"
    if not served:
        return Reading(fires=False, text=f"{whole}, and no guest is below {100 * least:g} %")
    worst = sorted(served, key=lambda vmid: (served[vmid], vmid))[:SHOWN]
    named = ", ".join(f"{vmid} at {100 * served[vmid]:.1f} %" for vmid in worst)
    more = f" and {len(served) - SHOWN} more" if len(served) > SHOWN else ""
    return Reading(fires=True, text=f"{whole}; guests are below {100 * least:g} %: {named}{more}")


SCORE = LoadTrigger(name="score", describes="guests do not get what they want", read=read, is_about_load=False)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A node uses well more than the others do (drs-model 6.11)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.planners.conservative import proactive_threshold
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger, Reading, Sight


def read(sight: Sight) -> Reading:
    """Names the highest node, and what the mean of all allows."""
    loads, threshold = sight.loads, proactive_threshold(sight.policy, sight.loads)
    if not loads:
        return Reading(fires=False, text="there are no nodes to compare")
    highest = min(loads, key=lambda node: (-loads[node], node))
    fires = round(loads[highest], 9) > round(threshold, 9)
    compared = f"{'above' if fires else 'within'} the {100 * threshold:.1f} % that the mean of all nodes allows"
    return Reading(fires, f"{sight.what} of {highest} is at {100 * loads[highest]:.1f} %, {compared}")


PROACTIVE = LoadTrigger(name="proactive", describes="a node uses well more than the mean", read=read)

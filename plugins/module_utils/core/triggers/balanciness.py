# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The most and the least loaded node are too far apart (drs-model 4.1)."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.metrics.delta import gap
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger, Reading, Sight


def are_apart(loads: Mapping[str, float], policy: Policy) -> bool:
    """By more than balanciness."""
    return round(gap(tuple(loads.values())), 9) > policy.balanciness


def read(sight: Sight) -> Reading:
    """Names both nodes."""
    loads, allowed = sight.loads, f"the {100 * sight.policy.balanciness:g} allowed"
    if not loads:
        return Reading(fires=False, text="there are no nodes to compare")
    fires = are_apart(loads, sight.policy)
    highest = min(loads, key=lambda node: (-loads[node], node))
    lowest = min(loads, key=lambda node: (loads[node], node))
    if highest == lowest:
        return Reading(fires=False, text=f"{sight.what} is at {100 * loads[highest]:.1f} % on every node")
    text = (
        f"{sight.what} differs by {100 * (loads[highest] - loads[lowest]):.1f} points between "
        f"{highest} ({100 * loads[highest]:.1f} %) and {lowest} ({100 * loads[lowest]:.1f} %), "
        f"{'above' if fires else 'within'} {allowed}"
    )
    return Reading(fires, text)


BALANCINESS = LoadTrigger(name="balanciness", describes="highest and lowest load are too far apart", read=read)

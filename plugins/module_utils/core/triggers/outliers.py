# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A single node is far from all others (drs-model 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from ansible_collections.pve.drs.plugins.module_utils.core.metrics.outliers import outliers
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.balanciness import are_apart
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger, Reading, Sight


def read(sight: Sight) -> Reading:
    """Names the nodes. They are none within what balanciness allows."""
    if not sight.loads:
        return Reading(fires=False, text="there are no nodes to compare")
    found = outliers(sight.loads) if are_apart(sight.loads, sight.policy) else {}
    if not found:
        distance = f"{100 * _farthest(sight.loads):.1f} points at most"
        return Reading(fires=False, text=f"{sight.what} of no node is far from the median of all nodes, {distance}")
    far = (f"{node} {100 * abs(found[node]):.1f} points {_side(found[node])}" for node in sorted(found))
    return Reading(fires=True, text=f"{sight.what} is far from the median of all nodes: {', '.join(far)}")


def _farthest(loads: Mapping[str, float]) -> float:
    middle = median(loads.values())
    return max(abs(load - middle) for load in loads.values())


def _side(distance: float) -> str:
    return "above" if distance > 0 else "below"


OUTLIERS = LoadTrigger(name="outliers", describes="single nodes are far from all others", read=read)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A single node is far from all others (drs-model 4.2)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.metrics.outliers import outliers
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.balanciness import are_apart
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger, Reading, Sight


def read(sight: Sight) -> Reading:
    """Names the nodes. They are none within what balanciness allows."""
    found = outliers(sight.loads) if are_apart(sight.loads, sight.policy) else {}
    if not found:
        return Reading(fires=False, text=f"{sight.what} of no node is far from the median of all nodes")
    far = (f"{node} {100 * abs(found[node]):.1f} points {_side(found[node])}" for node in sorted(found))
    return Reading(fires=True, text=f"{sight.what} is far from the median of all nodes: {', '.join(far)}")


def _side(distance: float) -> str:
    return "above" if distance > 0 else "below"


OUTLIERS = LoadTrigger(name="outliers", describes="single nodes are far from all others", read=read)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A node uses well more than the others do (drs-model 6.11)."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.planners.conservative import proactive_threshold
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger


def reason(loads: Mapping[str, float], policy: Policy, what: str) -> str | None:
    """Names the highest node, and the mean that it is compared with."""
    threshold = proactive_threshold(policy, loads)
    highest = min(loads, key=lambda node: (-loads[node], node), default=None)
    if highest is None or round(loads[highest], 9) <= round(threshold, 9):
        return None
    return f"{what} of {highest} is at {100 * loads[highest]:.1f} %, above the {100 * threshold:.1f} % that the mean of all nodes allows"


PROACTIVE = LoadTrigger(name="proactive", describes="a node uses well more than the mean", reason=reason)

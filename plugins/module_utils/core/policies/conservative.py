# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""At most one move in a run, and only one that is sure to help (drs-model 6.11)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.policies.preset import Preset

CONSERVATIVE = Preset(
    name="conservative",
    describes="one move at a time from a node that is saturated or well above the mean, by the midpoint rule",
    settings={
        "planners": ("conservative",),
        "triggers": ("proactive",),
        "estimator": "ema",
        "memory_max": 0.8,
        "cpu_max": 0.8,
    },
    limits={"max_moves": 1},
)

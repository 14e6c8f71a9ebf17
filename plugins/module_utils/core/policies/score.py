# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests are to get what they want: what counts is the score, not how even the nodes are (drs-model 4.3, 6.1)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.policies.preset import Preset

SCORE = Preset(
    name="score",
    describes="moves guests that do not get what they want of cpu, memory and network to where they do",
    settings={"planners": ("repair", "prefer", "serve"), "triggers": ("score",), "benefit_ratio": 2.0},
)

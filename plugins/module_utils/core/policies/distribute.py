# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests are to be spread by their number as well, so that the loss of a node hits few of them (drs-model 6.10)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.policies.preset import Preset

DISTRIBUTE = Preset(
    name="distribute",
    describes="as balance, and then evens out the number of guests where that serves nobody worse",
    settings={"planners": ("repair", "prefer", "improve", "distribute"), "triggers": ("balanciness", "distribution")},
)

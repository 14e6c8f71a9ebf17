# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Limits and rules are kept with as few moves as that takes; how even the load is does not matter."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.policies.preset import Preset

RULES_ONLY = Preset(
    name="rules_only",
    describes="keeps limits and rules, and leaves uneven loads as they are",
    settings={"planners": ("repair", "prefer"), "triggers": ()},
)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""For runs every few minutes: act on what nodes may run short of, not on how even they are."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.policies.preset import Preset

RELIEF = Preset(
    name="relief",
    describes="keeps nodes from running short of cpu, as learned from run to run, with few moves of little memory",
    settings={
        "method": "cpu",
        "planners": ("repair", "prefer", "relieve"),
        "triggers": (),
        "cpu_max": 1.0,
        "cpu_overcommit": 0.0,
        "hold": 3,
        "cooldown_seconds": 900.0,
    },
    limits={"max_moves": 64},
)

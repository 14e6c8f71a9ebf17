# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What Proxmox's own balancer would do, under our limits (drs-model 6.12)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.crs.settings import TAKEN_OVER
from ansible_collections.pve.drs.plugins.module_utils.core.policies.preset import Preset

HALF_AND_HALF = {"cpu": 1.0, "memory": 1.0}

CRS = Preset(
    name="crs",
    describes="one move at a time, chosen as Proxmox's own balancer does",
    settings={
        "planners": ("crs",),
        "method": "weighted",
        "method_weights": HALF_AND_HALF,
        "triggers": ("crs",),
        "hold": 3,
        "cycle_seconds": 10.0,
        "cooldown_seconds": 0.0,
        "benefit_ratio": 0.0,
        "crs_auto": frozenset(TAKEN_OVER),
    },
    limits={"max_moves": 64},  # one bundle, however large: more than anybody keeps together
)
CRS_PLUS = Preset(
    name="crs_plus",
    describes="as crs, also for machines that HA does not manage, and for single nodes far from the others",
    settings={**CRS.settings, "triggers": ("crs", "outliers"), "crs_scope": "all", "benefit_ratio": 1.0},
    limits=CRS.limits,
)

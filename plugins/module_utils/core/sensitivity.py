# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How readily to move guests, from 1 to 5: what each level sets (drs-model 6.7)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import CONTENTION, IMPROVEMENT, MANDATORY

LEVELS: Mapping[int, Mapping[str, Any]] = MappingProxyType(
    {
        1: {"categories": (MANDATORY,), "hold": 1, "cooldown_seconds": 0.0, "triggers": ()},
        2: {
            "categories": (MANDATORY, CONTENTION),
            "estimator": "ema_or_mean",
            "hold": 3,
            "cooldown_seconds": 1800.0,
            "triggers": (),
        },
        3: {
            "categories": (MANDATORY, CONTENTION, IMPROVEMENT),
            "estimator": "mean",
            "variation_max": 0.30,
            "balanciness": 0.20,
            "least_improvement": 0.10,
            "benefit_ratio": 2.0,
            "hold": 3,
            "cooldown_seconds": 1800.0,
        },
        4: {
            "categories": (MANDATORY, CONTENTION, IMPROVEMENT),
            "estimator": "mean_or_percentile",
            "variation_max": 0.20,
            "balanciness": 0.12,
            "least_improvement": 0.05,
            "benefit_ratio": 1.5,
            "hold": 2,
            "cooldown_seconds": 900.0,
        },
        5: {
            "categories": (MANDATORY, CONTENTION, IMPROVEMENT),
            "estimator": "ema",
            "variation_max": 0.10,
            "balanciness": 0.06,
            "least_improvement": 0.02,
            "benefit_ratio": 1.0,
            "hold": 1,
            "cooldown_seconds": 300.0,
        },
    }
)
MAX_MOVES: Mapping[int, int] = MappingProxyType({1: 0, 2: 4, 3: 8, 4: 8, 5: 16})

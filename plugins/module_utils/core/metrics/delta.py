# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The gap between the most and the least loaded node (drs-model 4.1)."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.metrics.metric import Metric


def gap(loads: Sequence[float]) -> float:
    """Highest less lowest load, at most 1."""
    return min(1.0, max(loads) - min(loads)) if loads else 0.0


DELTA = Metric(name="delta", describes="highest less lowest load", value=gap)

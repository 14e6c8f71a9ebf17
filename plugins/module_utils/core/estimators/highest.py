# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The highest load of the last hour."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.estimators.estimator import Estimator
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series


def highest(series: Series) -> float | None:
    """The largest known value."""
    return max(series.values, default=None)


MAX = Estimator(
    name="max",
    describes="highest figure of the last hour",
    window_seconds=3600.0,
    value=highest,
    needs=Needs(node_history=True, recent_moves=True),
)

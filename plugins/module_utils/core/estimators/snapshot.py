# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The newest figure, as it is."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.estimators.estimator import Estimator
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series


def newest(series: Series) -> float | None:
    """The last known value."""
    return series.values[-1] if series.values else None


SNAPSHOT = Estimator(name="snapshot", describes="the newest figure", window_seconds=0.0, value=newest)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What an estimator is: a way to make one figure of a series, so that a blip moves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import NOTHING_MORE, Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """`value` maps a series to a figure in the same unit, or None when the series is too short.

    `window_seconds` is how much history it wants, `needs` where that comes from.
    """

    name: str
    describes: str
    window_seconds: float
    value: Callable[[Series], float | None]
    needs: Needs = NOTHING_MORE

    @property
    def looks_back(self) -> bool:
        """False when present figures are all it takes."""
        return self.needs != NOTHING_MORE

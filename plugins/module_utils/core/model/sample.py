# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The whole cluster at one moment, as far as averages over time need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Use by node name and vmid at `time` (seconds since the epoch); what had no figure is left out."""

    time: float
    nodes: Mapping[str, Resources] = field(default_factory=dict)
    guests: Mapping[int, Resources] = field(default_factory=dict)

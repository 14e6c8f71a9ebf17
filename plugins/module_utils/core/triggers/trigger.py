# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What makes uneven loads a reason to act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTrigger:
    """`reason` gets loads by node (fractions), the policy, and what the loads are of; None means: leave it as it is."""

    name: str
    describes: str
    reason: Callable[[Mapping[str, float], Policy, str], str | None]

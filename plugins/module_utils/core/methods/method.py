# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a balancing method is: a named way to say how loaded a node is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """Load of a node = amount / capacity, a fraction; a guest adds its own amount (drs-model 2.3)."""

    name: str
    describes: str
    node_amount: Callable[[Resources], float]
    guest_amount: Callable[[Guest], float]
    capacity: Callable[[Resources], float]

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What running guests have reserved of memory stays within what a node leaves to guests (drs-model 5.8)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.memory_capacity import usable_bytes
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.reserved import Reserved, reserved
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import MEMORY


def build(given: Given) -> Reserved:
    """Less what the host keeps for itself (2.2)."""
    return reserved(given, MEMORY, lambda _cores, size: usable_bytes(size))

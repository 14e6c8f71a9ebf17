# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What running guests have reserved of cpu stays within what a node has (drs-model 5.8)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.reserved import Reserved, reserved
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU


def build(given: Given) -> Reserved:
    """All cores of a node may be reserved."""
    return reserved(given, CPU, lambda cores, _bytes: cores)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A running guest with replication jobs only goes where one of them replicates it to (drs-model 3.3)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.obstacles import ObstacleConstraint, obstacles


def build(given: Given) -> ObstacleConstraint:
    """PVE leaves exceptions to root alone (pve-api 6.2, 10)."""
    return obstacles(given, "replication", lambda found: found.replication)

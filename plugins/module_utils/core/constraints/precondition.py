# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What speaks against moving a guest whatever the reason: PVE does not check it, or the user may not move it."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.obstacles import ObstacleConstraint, obstacles


def build(given: Given) -> ObstacleConstraint:
    """Filled by `Cluster.with_preconditions`."""
    return obstacles(given, "precondition", lambda found: found)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Where Proxmox would start a guest, or bring it back up (proxmox-crs 8)."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import CrsNode
from ansible_collections.pve.drs.plugins.module_utils.core.crs.topsis import criteria_of, scores_of
from ansible_collections.pve.drs.plugins.module_utils.core.crs.usage import with_guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources


def start_scores(nodes: Mapping[str, CrsNode], maximum: Resources) -> dict[str, float]:
    """By node, 0 to 1 and higher is better: all nodes as they are, and the guest as configured on this one."""
    alternatives = [
        criteria_of([with_guest(node, maximum) if node is chosen else node for node in nodes.values()])
        for chosen in nodes.values()
    ]
    return dict(zip(nodes, scores_of(alternatives), strict=True))

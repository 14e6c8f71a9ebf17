# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The vCPUs of running guests stay below a multiple of a node's logical cpus."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.overcommit import Overcommit
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.tally import tally


def build(given: Given) -> Overcommit:
    """drs-model 3.3, cpu guard; `cpu_overcommit` 0 switches it off."""
    factor = given.policy.cpu_overcommit
    return Overcommit(
        name="cpu_overcommit",
        room={node.name: factor * node.threads for node in given.cluster.nodes if factor and node.has_capacity},
        promised=tally(given.cluster, lambda guest: guest.assigned.cpu),
        show=lambda vcpus: f"{vcpus:g} vCPUs",
    )

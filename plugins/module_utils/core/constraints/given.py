# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What constraints are built from."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import CompiledRules
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy


@dataclass(frozen=True, slots=True)
class Given:
    """Facts, wishes and declared rules; none of them changes during a plan."""

    cluster: Cluster
    policy: Policy
    rules: CompiledRules

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The loads of all nodes vary too much, by Proxmox's own measure (drs-model 4.1)."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger


def reason(loads: Mapping[str, float], policy: Policy, what: str) -> str | None:
    """Gives the variation."""
    found = round(variation(tuple(loads.values())), 9)
    if found <= policy.variation_max:
        return None
    return f"{what} varies by {100 * found:.1f} % over the nodes, above the {100 * policy.variation_max:g} % allowed"


VARIATION = LoadTrigger(name="variation", describes="the loads vary too much", reason=reason)

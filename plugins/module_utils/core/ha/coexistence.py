# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Beside Proxmox's own balancer: which HA guests are its business alone (drs-model 3.10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy

REFUSE = "refuse"
COEXIST = "coexist"
CHOICES = (REFUSE, COEXIST)
OPTION = "crs ha-auto-rebalance"


def left_to_proxmox(cluster: Cluster, policy: Policy) -> Callable[[Guest], str | None]:
    """Why an HA guest is not moved to even out loads; what is broken is mended all the same. Raises BadPolicy."""
    if policy.auto_rebalance not in CHOICES:
        raise BadPolicy(f"auto_rebalance {policy.auto_rebalance} is unknown; known are {', '.join(CHOICES)}")
    excluded = {resource.sid for resource in cluster.ha.resources if not resource.auto_rebalance}

    def reason(guest: Guest) -> str | None:
        if not cluster.auto_rebalance:
            return None
        if policy.auto_rebalance == REFUSE:
            return f"Proxmox's own auto-rebalance ({OPTION}) already moves HA guests"
        return None if guest.sid in excluded else f"Proxmox's own auto-rebalance ({OPTION}) moves it"

    return reason


def coexistence_notices(cluster: Cluster, policy: Policy) -> Iterator[str]:
    """What the two balancers leave to each other."""
    if cluster.auto_rebalance and policy.auto_rebalance == REFUSE:
        yield f"auto_rebalance is {REFUSE}: HA guests are moved only to mend what is broken"
    elif cluster.auto_rebalance:
        yield f"auto_rebalance is {COEXIST}: of the HA guests, those with auto-rebalance off are moved to even out loads"

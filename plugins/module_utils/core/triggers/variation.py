# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The loads of all nodes vary too much, by Proxmox's own measure (drs-model 4.1)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger, Reading, Sight


def read(sight: Sight) -> Reading:
    """Gives the variation."""
    found = round(variation(tuple(sight.loads.values())), 9)
    fires = found > sight.policy.variation_max
    compared = f"{'above' if fires else 'within'} the {100 * sight.policy.variation_max:g} % allowed"
    return Reading(fires, f"{sight.what} varies by {100 * found:.1f} % over the nodes, {compared}")


VARIATION = LoadTrigger(name="variation", describes="the loads vary too much", read=read)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Proxmox's own measure, with cpu and memory alike, in either of its generations (proxmox-crs 1, 3)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.crs.imbalance import raw, scaled
from ansible_collections.pve.drs.plugins.module_utils.core.crs.picture import STATIC
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger, Reading, Sight


def read(sight: Sight) -> Reading:
    """Loads are to be by the method that mixes cpu and memory half and half, which policy crs has; in static mode they are as configured."""
    policy, is_static = sight.policy, sight.policy.crs_mode == STATIC
    loads = tuple((sight.configured() if is_static else sight.loads).values())
    what = "what guests are configured with" if is_static else sight.what
    found = scaled(raw(loads), len(loads), policy.crs_generation)
    fires = round(found, 9) > policy.crs_threshold
    compared = f"{'above' if fires else 'within'} the {policy.crs_threshold:g} allowed"
    return Reading(fires, f"{what} has an imbalance of {found:.2f} by Proxmox's own measure, {compared}")


CRS = LoadTrigger(name="crs", describes="the loads are uneven by Proxmox's own measure", read=read)

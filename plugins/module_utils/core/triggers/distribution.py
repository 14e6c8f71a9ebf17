# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Some nodes run more guests than their share (drs-model 6.10)."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger, Reading, Sight


def read(sight: Sight) -> Reading:
    """Names the nodes, and by how many guests."""
    found = sight.surplus()
    if not found:
        return Reading(fires=False, text="no node runs more guests than its share")
    named = ", ".join(f"{node} by {number}" for node, number in sorted(found.items()))
    return Reading(fires=True, text=f"nodes run more guests than their share: {named}")


DISTRIBUTION = LoadTrigger(
    name="distribution", describes="nodes run more guests than their share", read=read, is_about_load=False
)

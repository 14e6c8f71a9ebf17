# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that the administrator told us to leave alone altogether."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_guest import GuestConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest


def build(given: Given) -> GuestConstraint:
    """Rule type `ignore` and tag drs-ignore (drs-model 3.1, 3.2)."""

    def reason(guest: Guest) -> str | None:
        source = given.rules.ignored.get(guest.vmid)
        return f"it is ignored ({source})" if source else None

    return GuestConstraint(name="ignored", reason=reason)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Storages that receive volumes stay below a share of their size."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.received import ReceivedConstraint, received
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import LocalStorage


def build(given: Given) -> ReceivedConstraint:
    """drs-model 3.3, disk guard; `max_disk_usage` 0 switches it off. Only storages that receive something count."""
    most = given.policy.max_disk_usage

    def reason(node: str, name: str, storage: LocalStorage | None, wanted: float) -> str | None:
        if storage is None or not most:
            return None
        after = (storage.used_bytes + wanted) / storage.total_bytes
        if round(after, 9) <= most:
            return None
        return f"storage {name} of {node} would be {100 * after:.0f} % full, above max_disk_usage of {100 * most:g} %"

    return received(given, "disk_usage", reason)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Volumes that move along fit on the storages of the same name on the target, with a twentieth to spare."""

from __future__ import annotations

from math import isinf

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.memory_capacity import GIB
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.received import ReceivedConstraint, received
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import LocalStorage

HEADROOM = 1.05


def build(given: Given) -> ReceivedConstraint:
    """drs-model 3.3, storage guard."""
    return received(given, "storage_space", _reason)


def _reason(node: str, name: str, storage: LocalStorage | None, wanted: float) -> str | None:
    if storage is None:
        return f"storage {name} reports no free space on {node}"
    free = max(0.0, storage.total_bytes - storage.used_bytes)
    if HEADROOM * wanted <= free:
        return None
    need = "a volume of unknown size" if isinf(wanted) else f"{wanted / GIB:.1f} GiB"
    return f"storage {name} has {free / GIB:.1f} GiB free on {node}, too little for {need}"

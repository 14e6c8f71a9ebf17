# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Whether local volumes that move along fit on the storages of the same name on other nodes (drs-model 3.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Precondition
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, Rows, number

GIB = 2.0**30
HEADROOM = 1.05


def with_space(found: Precondition, volumes: Iterable[tuple[str, float | None]], storages: Rows) -> Precondition:
    """Add what the rows of type storage say; volumes are (storage, bytes, None where the size is unknown)."""
    wanted: dict[str, float] = defaultdict(float)
    for storage, size in volumes:
        wanted[storage] += float("inf") if size is None else size
    return replace(found, by_node={**_too_small(wanted, storages), **found.by_node})


def _too_small(wanted: Mapping[str, float], storages: Rows) -> dict[str, str]:
    reasons: dict[str, list[str]] = defaultdict(list)
    for row in storages:
        reason = _reason(wanted.get(str(row.get("storage")), 0.0), row)
        if reason:
            reasons[str(row.get("node"))].append(reason)
    return {node: "; ".join(found) for node, found in reasons.items()}


def _reason(wanted: float, row: Row) -> str | None:
    if not wanted:
        return None
    size, used = number(row.get("maxdisk")), number(row.get("disk"))
    if size is None or used is None or row.get("status") != "available":
        return f"storage {row.get('storage')} reports no free space there"
    free = max(0.0, size - used)
    if HEADROOM * wanted <= free:
        return None
    need = "a volume of unknown size" if wanted == float("inf") else f"{wanted / GIB:.1f} GiB"
    return f"storage {row.get('storage')} has {free / GIB:.1f} GiB free there, too little for {need}"

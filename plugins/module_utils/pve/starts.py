# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is asked before guests are started: their past, their balloons, and room on storages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import Balloon
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.ask import ask_all
from ansible_collections.pve.drs.plugins.module_utils.pve.details import DEFAULT_SHARES
from ansible_collections.pve.drs.plugins.module_utils.pve.histories import ask_guest
from ansible_collections.pve.drs.plugins.module_utils.pve.translate import MIB
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, Rows, items, number, text


def pasts_of(api: Api, guests: Sequence[Guest]) -> tuple[dict[int, ObjectHistory], tuple[str, ...]]:
    """The last week of each guest, two requests each, and a warning for each that gave none. Raises ApiError."""
    replies = ask_all(api, {guest.vmid: partial(ask_guest, api, guest, with_days=True) for guest in guests})
    return replies.found, tuple(replies.complaints("no history of guest {key}: its size tells what it will use"))


def with_configured_balloons(api: Api, cluster: Cluster, vmids: Collection[int]) -> Cluster:
    """Machines that do not run tell their balloons by their configurations alone, one request each. Raises ApiError."""
    asked = [guest for guest in cluster.guests if guest.vmid in vmids and guest.type == "qemu"]
    replies = ask_all(api, {g.vmid: partial(api.guest_config, g.node, g.type, g.vmid) for g in asked})
    balloons = {vmid: _balloon(config) for vmid, config in replies.found.items()}
    guests = tuple(replace(g, balloon=balloons.get(g.vmid, g.balloon)) for g in cluster.guests)
    warnings = tuple(replies.complaints("no configuration of guest {key}: all of its memory needs room"))
    return replace(cluster, guests=guests, warnings=(*cluster.warnings, *warnings))


def _balloon(config: Row) -> Balloon | None:
    """None where the guest keeps all of its memory."""
    least, shares = number(config.get("balloon")), number(config.get("shares"))
    if not least:
        return None
    bytes_ = least * MIB
    return Balloon(bytes=bytes_, least_bytes=bytes_, shares=DEFAULT_SHARES if shares is None else shares)


def free_bytes(resources: Rows) -> dict[tuple[str, str], Mapping[str, float]]:
    """By storage and what it may hold, and by node; storages that do not answer are left out."""
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in resources:
        name, node = text(row.get("storage")), text(row.get("node"))
        used, total = number(row.get("disk")), number(row.get("maxdisk"))
        if name is None or node is None or used is None or total is None or row.get("status") != "available":
            continue
        for content in items(row.get("content")):
            found[name, content][node] = max(0.0, total - used)
    return dict(found)

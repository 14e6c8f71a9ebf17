# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Wait until the HA manager has moved its guests off nodes in maintenance (pve-observed 10)."""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import picture
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings

POLL_SECONDS = 5.0


def await_departures(around: Surroundings, vmids: Collection[int], nodes: Collection[str], seconds: float) -> None:
    """Until none of the guests is on one of the nodes or on its way, at most for so many seconds."""
    clock = around.clock
    until = clock.now() + seconds
    while clock.now() < until and not around.stop.requested and not _have_left(around.api, vmids, nodes):
        clock.sleep(POLL_SECONDS)


def _have_left(api: Api, vmids: Collection[int], nodes: Collection[str]) -> bool:
    """A look that fails is no news."""
    try:
        cluster, _unused = picture(api)
    except ApiError:
        return False
    return not any(guest.vmid in vmids and guest.node in nodes for guest in cluster.guests) and _is_calm(cluster, vmids)


def _is_calm(cluster: Cluster, vmids: Collection[int]) -> bool:
    """Those that arrived are settled."""
    return all(guest.hastate in (None, "started", "stopped") for guest in cluster.guests if guest.vmid in vmids)

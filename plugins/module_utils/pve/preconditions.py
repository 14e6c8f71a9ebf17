# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Ask what speaks against moving certain guests: one or two requests for each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.containers import container_precondition, with_ha_reasons
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal, Forbidden
from ansible_collections.pve.drs.plugins.module_utils.pve.machines import machine_precondition
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Rows

NOT_IMPLEMENTED = 501


def preconditions(api: Api, cluster: Cluster, policy: Policy, vmids: Iterable[int]) -> dict[int, Precondition]:
    """By vmid; a guest that PVE refuses to check (locked, gone, its node dead) gets PVE's words as its reason.

    Raises Forbidden where the user may not ask (VM.Migrate), and ApiError when no host answers.
    """
    guests = [cluster.guest_by_vmid[vmid] for vmid in sorted(set(vmids)) if vmid in cluster.guest_by_vmid]
    storages = api.storages() if any(guest.type == "lxc" for guest in guests) else ()
    found = api.fan_out([partial(_precondition, api, cluster, policy, storages, guest) for guest in guests])
    return dict(zip((guest.vmid for guest in guests), found, strict=True))


def _precondition(api: Api, cluster: Cluster, policy: Policy, storages: Rows, guest: Guest) -> Precondition:
    try:
        if guest.type == "lxc":
            return _of_container(api, cluster, policy, storages, guest)
        return machine_precondition(api.migrate_conditions(guest.node, guest.type, guest.vmid), guest, policy)
    except Forbidden:
        raise
    except ApiRefusal as refused:
        return Precondition(anywhere=f"Proxmox VE says: {refused.says}")


def _of_container(api: Api, cluster: Cluster, policy: Policy, storages: Rows, guest: Guest) -> Precondition:
    config = api.guest_config(guest.node, guest.type, guest.vmid)
    found = container_precondition(config, storages, policy, cluster.node_by_name)
    if not guest.is_ha or found.anywhere:
        return found
    try:
        return with_ha_reasons(found, api.migrate_conditions(guest.node, guest.type, guest.vmid))
    except ApiRefusal as refused:
        if refused.status == NOT_IMPLEMENTED:  # PVE 8
            return found
        raise

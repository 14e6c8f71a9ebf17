# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Ask what speaks against moving certain guests: one or two requests for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.containers import (
    container_precondition,
    container_volumes,
    with_ha_reasons,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal, Forbidden
from ansible_collections.pve.drs.plugins.module_utils.pve.machines import machine_precondition, machine_volumes
from ansible_collections.pve.drs.plugins.module_utils.pve.space import with_space
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Rows

NOT_IMPLEMENTED = 501


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is the same for all guests that are asked about."""

    api: Api
    cluster: Cluster
    policy: Policy
    storages: Rows
    free: Rows


def preconditions(api: Api, cluster: Cluster, policy: Policy, vmids: Iterable[int]) -> dict[int, Precondition]:
    """By vmid; a guest that PVE refuses to check (locked, gone, its node dead) gets PVE's words as its reason.

    Raises Forbidden where the user may not ask (VM.Migrate), and ApiError when no host answers.
    """
    guests = [cluster.guest_by_vmid[vmid] for vmid in sorted(set(vmids)) if vmid in cluster.guest_by_vmid]
    question = Question(
        api=api,
        cluster=cluster,
        policy=policy,
        storages=api.storages() if any(guest.type == "lxc" for guest in guests) else (),
        free=api.storage_resources() if guests and policy.with_local_disks else (),
    )
    found = api.fan_out([partial(_precondition, question, guest) for guest in guests])
    return dict(zip((guest.vmid for guest in guests), found, strict=True))


def _precondition(question: Question, guest: Guest) -> Precondition:
    try:
        return _of_container(question, guest) if guest.type == "lxc" else _of_machine(question, guest)
    except Forbidden:
        raise
    except ApiRefusal as refused:
        return Precondition(anywhere=f"Proxmox VE says: {refused.says}")


def _of_machine(question: Question, guest: Guest) -> Precondition:
    answer = question.api.migrate_conditions(guest.node, guest.type, guest.vmid)
    found = machine_precondition(answer, guest, question.policy)
    return with_space(found, machine_volumes(answer), question.free)


def _of_container(question: Question, guest: Guest) -> Precondition:
    config = question.api.guest_config(guest.node, guest.type, guest.vmid)
    found = container_precondition(config, question.storages, question.policy, question.cluster.node_by_name)
    found = with_space(found, container_volumes(config, question.storages), question.free)
    if not guest.is_ha or found.anywhere:
        return found
    try:
        answer = question.api.migrate_conditions(guest.node, guest.type, guest.vmid)
    except ApiRefusal as refused:
        if refused.status == NOT_IMPLEMENTED:  # PVE 8
            return found
        raise
    return with_ha_reasons(found, answer)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Ask what speaks against moving certain guests, and how they are configured: one or two requests for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.configured import configured
from ansible_collections.pve.drs.plugins.module_utils.pve.containers import (
    container_precondition,
    with_ha_reasons,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal, Forbidden
from ansible_collections.pve.drs.plugins.module_utils.pve.machines import Around, machine_precondition
from ansible_collections.pve.drs.plugins.module_utils.pve.mappings import with_mappings
from ansible_collections.pve.drs.plugins.module_utils.pve.replication import (
    jobs_of,
    may_be_replicated_live,
    replication_obstacle,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, Rows

NOT_IMPLEMENTED = 501


class Lists:
    """What the cluster has that bears on many guests, asked for once and only when it is needed."""

    def __init__(self, api: Api) -> None:
        self._api = api

    @cached_property
    def storages(self) -> Rows:
        return self._api.storages()

    @cached_property
    def jobs(self) -> Rows:
        return self._api.replication_jobs()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is the same for all guests that are asked about."""

    api: Api
    cluster: Cluster
    policy: Policy
    storages: Rows
    jobs: Rows


def checked(api: Api, cluster: Cluster, policy: Policy, vmids: Iterable[int], lists: Lists | None = None) -> Cluster:
    """With preconditions and configurations of these guests; whoever asks in several rounds keeps the lists.

    A guest that PVE refuses to check (locked, gone, its node dead) gets PVE's words as its reason.
    Raises Forbidden where the user may not ask (VM.Migrate), and ApiError when no host answers.
    """
    guests = [cluster.guest_by_vmid[vmid] for vmid in sorted(set(vmids)) if vmid in cluster.guest_by_vmid]
    lists = lists or Lists(api)
    question = Question(
        api=api,
        cluster=cluster,
        policy=policy,
        storages=lists.storages if any(guest.type == "lxc" for guest in guests) else (),
        jobs=lists.jobs if any(may_be_replicated_live(guest) for guest in guests) else (),
    )
    answers = api.fan_out([partial(_answer, question, guest) for guest in guests])
    found = {guest.vmid: answer for guest, answer in zip(guests, answers, strict=True)}
    cluster = cluster.with_preconditions({vmid: precondition for vmid, (precondition, _unused) in found.items()})
    configs = {vmid: config for vmid, (_unused, config) in found.items() if config is not None}
    known = tuple(_configured(guest, configs.get(guest.vmid)) for guest in cluster.guests)
    return with_mappings(api, replace(cluster, guests=known), found.keys())


def _configured(guest: Guest, config: Row | None) -> Guest:
    return guest if config is None else configured(guest, config)


def _answer(question: Question, guest: Guest) -> tuple[Precondition, Row | None]:
    try:
        return _of_container(question, guest) if guest.type == "lxc" else _of_machine(question, guest)
    except Forbidden:
        raise
    except ApiRefusal as refused:
        return Precondition(anywhere=f"Proxmox VE says: {refused.says}"), None


def _of_machine(question: Question, guest: Guest) -> tuple[Precondition, Row | None]:
    """One that stays anyway, or has told it before, is not asked how it is configured."""
    answer = question.api.migrate_conditions(guest.node, guest.type, guest.vmid)
    found = machine_precondition(answer, guest, question.policy, _around(question, guest))
    if found.keeps_it:
        return found, None
    if may_be_replicated_live(guest):
        found = replace(found, replication=replication_obstacle(question.jobs, guest, question.cluster.node_by_name))
    config = None if guest.config else question.api.guest_config(guest.node, guest.type, guest.vmid)
    return found, config


def _around(question: Question, guest: Guest) -> Around:
    node = question.cluster.node_by_name.get(guest.node)
    storages = node.local_storages if node else None
    kinds = {storage.id: storage.plugintype for storage in storages or ()}
    return Around(kinds=kinds, is_replicated=bool(jobs_of(question.jobs, guest)))


def _of_container(question: Question, guest: Guest) -> tuple[Precondition, Row | None]:
    config = question.api.guest_config(guest.node, guest.type, guest.vmid)
    found = container_precondition(config, question.storages, question.policy, question.cluster.node_by_name)
    return (found if found.keeps_it else _with_ha(question, guest, found)), config


def _with_ha(question: Question, guest: Guest, found: Precondition) -> Precondition:
    if not guest.is_ha:
        return found
    try:
        answer = question.api.migrate_conditions(guest.node, guest.type, guest.vmid)
    except ApiRefusal as refused:
        if refused.status == NOT_IMPLEMENTED:  # PVE 8
            return found
        raise
    return with_ha_reasons(found, answer)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a plan takes for granted: the state of the nodes, the guests that it moves, and the rules that bear on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaConfig
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import Directory, directory_of
from ansible_collections.pve.drs.plugins.module_utils.core.saved.digest import digest_of
from ansible_collections.pve.drs.plugins.module_utils.core.saved.model import SavedGuest

MAINTENANCE = "maintenance"
RESOLVED = ("name", "guests", "created")


def node_states(cluster: Cluster) -> dict[str, str]:
    """By name: maintenance, or what the cluster calls it, such as online."""
    return {node.name: _state(node) for node in cluster.nodes}


def _state(node: Node) -> str:
    return MAINTENANCE if node.in_maintenance and node.is_online else node.status


def granted(guest: Guest) -> SavedGuest:
    """What must not change, as the listing has it; what it uses at the moment may."""
    return SavedGuest(
        name=guest.name,
        cores=guest.size.cpu,
        memory_bytes=guest.size.memory,
        lock=guest.lock,
        is_active=guest.is_active,
        is_ha=guest.is_ha,
    )


def rule_digests(cluster: Cluster, policy: Policy, vmids: Collection[int]) -> dict[str, str]:
    """By what a rule is called: a digest of what it says of these guests. HA rules count as a whole."""
    found = (*_ha_rules(cluster.ha), *_resources(cluster, vmids), *_declared(cluster, policy, vmids))
    return {name: digest_of(said) for name, said in (*found, *_tags(cluster, policy, vmids))}


def _ha_rules(ha: HaConfig) -> Iterator[tuple[str, Any]]:
    yield "the mode of the HA manager", ha.mode
    for near in ha.node_affinities:
        yield f"HA rule {near.name}", (near.sids, near.nodes, near.is_strict, near.is_disabled)
    for among in ha.resource_affinities:
        yield f"HA rule {among.name}", (among.sids, among.is_positive, among.is_disabled)
    for group in ha.groups:
        yield f"HA group {group.name}", (group.nodes, group.is_restricted, group.fails_back)


def _resources(cluster: Cluster, vmids: Collection[int]) -> Iterator[tuple[str, Any]]:
    sids = {guest.sid for guest in cluster.guests if guest.vmid in vmids}
    for resource in cluster.ha.resources:
        if resource.sid in sids:
            yield f"HA resource {resource.sid}", (resource.state, resource.group, resource.fails_back)


def _declared(cluster: Cluster, policy: Policy, vmids: Collection[int]) -> Iterator[tuple[str, Any]]:
    directory = directory_of(cluster)
    for rule in policy.rules:
        if rule.enabled:
            yield f"rule {rule.name}", _said(rule, directory, vmids)


def _said(rule: Rule, directory: Directory, vmids: Collection[int]) -> tuple[Any, ...]:
    own = tuple(getattr(rule, field.name) for field in fields(rule) if field.name not in RESOLVED)
    return (*own, sorted(directory.members(rule.guests) & set(vmids)))


def _tags(cluster: Cluster, policy: Policy, vmids: Collection[int]) -> Iterator[tuple[str, Any]]:
    """Those that stand for rules; without a prefix there are none."""
    start = f"{policy.tag_prefix}-"
    for guest in cluster.guests:
        for tag in sorted(guest.tags) if guest.vmid in vmids and policy.tag_prefix else ():
            if tag.startswith(start):
                yield f"tag {tag} of guest {guest.vmid}", tag

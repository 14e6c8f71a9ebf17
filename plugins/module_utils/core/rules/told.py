# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Rules as a report lists them: those declared to us, and what Proxmox's HA manager was told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaConfig
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import MUST, SHOULD
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import directory_of

Told = dict[str, Any]
RULE, HA_RULE, HA_GROUP = "rule", "HA rule", "HA group"


def told_rules(cluster: Cluster, policy: Policy) -> list[Told]:
    """Each with kind, type, strength, members and nodes, best nodes first; those that are switched off are marked."""
    return [*_declared(cluster, policy), *_affinities(cluster.ha), *_groups(cluster.ha)]


def _declared(cluster: Cluster, policy: Policy) -> Iterator[Told]:
    directory = directory_of(cluster)
    for rule in policy.rules:
        members = sorted(directory.members(rule.guests))
        told = _told(RULE, rule.name, rule.type, members, rule.nodes)
        yield told | {"strength": rule.strength, "enabled": rule.enabled, "count": rule.count, "level": rule.level}


def _affinities(ha: HaConfig) -> Iterator[Told]:
    """Those that somebody wrote."""
    for rule in ha.node_affinities:
        told = _told(HA_RULE, rule.name, "run_on", _vmids(rule.sids), _best_first(rule.nodes))
        yield told | {"strength": MUST if rule.is_strict else SHOULD, "enabled": not rule.is_disabled}
    for affinity in ha.resource_affinities:
        if not affinity.is_inferred:
            type_name = "together" if affinity.is_positive else "separate"
            told = _told(HA_RULE, affinity.name, type_name, _vmids(affinity.sids), ())
            yield told | {"strength": MUST, "enabled": not affinity.is_disabled}


def _groups(ha: HaConfig) -> Iterator[Told]:
    """Of PVE 8."""
    for group in ha.groups:
        members = _vmids(resource.sid for resource in ha.resources if resource.group == group.name)
        told = _told(HA_GROUP, group.name, "run_on", members, _best_first(group.nodes))
        yield told | {"strength": MUST if group.is_restricted else SHOULD, "enabled": True}


def _told(kind: str, name: str, type_name: str, vmids: Iterable[int], nodes: Collection[str]) -> Told:
    members = {"vmids": list(vmids), "nodes": list(nodes)}
    return {"kind": kind, "name": name, "type": type_name, "count": None, "level": "", **members}


def _best_first(nodes: Mapping[str, int]) -> list[str]:
    return sorted(nodes, key=lambda node: (-nodes[node], node))


def _vmids(sids: Iterable[str]) -> list[int]:
    ids = (sid.partition(":")[2] for sid in sids)
    return sorted(int(vmid) for vmid in ids if vmid.isdecimal())

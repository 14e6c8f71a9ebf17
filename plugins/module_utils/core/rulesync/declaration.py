# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a cluster is to be made equal to, and the part of it that this is about."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaConfig
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.entries import (
    GROUP,
    MEMBER,
    RULE,
    TAGS,
    Entry,
    Key,
    ha_entries,
    owned_ha,
    owned_tags,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.naming import short_names


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """The rules of `policy`; with `is_absent` they are to go. `purges` what was written for rules that are not among them."""

    policy: Policy
    is_absent: bool = False
    purges: bool = False
    writes_ha: bool = True
    writes_tags: bool = True

    @cached_property
    def shorts(self) -> dict[str, str]:
        """By the names of the rules, what they are called in Proxmox VE. Raises BadPolicy."""
        return short_names(self.policy.rules)

    def covers(self, shorts: frozenset[str]) -> bool:
        """Whether what was written for these rules is ours to change or to remove."""
        return self.purges or not shorts.isdisjoint(self.shorts.values())


@dataclass(frozen=True, kw_only=True)
class Parted:
    """`base` is the cluster without what is ours to change, which is `present`; `left` is ours, but of no declared rule."""

    base: Cluster
    present: dict[Key, Entry]
    left: dict[Key, Entry]


def part(cluster: Cluster, declaration: Declaration) -> Parted:
    """Take what is ours apart from everything else."""
    owned = _owned(cluster, declaration)
    covered = {key: entry for key, (entry, shorts) in owned.items() if declaration.covers(shorts)}
    present, tags = _joined(covered)
    left = {key: entry for key, (entry, _shorts) in owned.items() if key not in covered}
    base = replace(cluster, ha=_without(cluster.ha, present))
    guests = (replace(g, tags=g.tags - tags[g.vmid]) if g.vmid in tags else g for g in cluster.guests)
    return Parted(base=replace(base, guests=tuple(guests)), present=present, left=_joined(left)[0])


def _owned(cluster: Cluster, declaration: Declaration) -> dict[tuple[Key, str], tuple[Entry, frozenset[str]]]:
    """By key and tag, as tags of one guest may be for several rules."""
    found: dict[tuple[Key, str], tuple[Entry, frozenset[str]]] = {}
    if declaration.writes_ha:
        entries = ha_entries(cluster.ha)
        found |= {(key, ""): (entries[key], shorts) for key, shorts in owned_ha(cluster.ha).items()}
    if declaration.writes_tags:
        for vmid, tag, short in owned_tags(cluster, declaration.policy.tag_prefix):
            found[(TAGS, str(vmid)), tag] = (frozenset({tag}), frozenset({short}))
    return found


def _joined(owned: dict[tuple[Key, str], Entry]) -> tuple[dict[Key, Entry], dict[int, frozenset[str]]]:
    """Entries with the tags of each guest together; and these alone, by vmid."""
    tags: dict[int, frozenset[str]] = defaultdict(frozenset)
    entries: dict[Key, Entry] = {}
    for ((kind, name), _tag), entry in owned.items():
        if isinstance(entry, frozenset):
            tags[int(name)] |= entry
        entries[kind, name] = tags[int(name)] if isinstance(entry, frozenset) else entry
    return entries, tags


def _without(config: HaConfig, taken: dict[Key, Entry]) -> HaConfig:
    return replace(
        config,
        node_affinities=tuple(rule for rule in config.node_affinities if (RULE, rule.name) not in taken),
        resource_affinities=tuple(rule for rule in config.resource_affinities if (RULE, rule.name) not in taken),
        groups=tuple(group for group in config.groups if (GROUP, group.name) not in taken),
        resources=tuple(
            replace(resource, group=None) if (MEMBER, resource.sid) in taken else resource
            for resource in config.resources
        ),
    )

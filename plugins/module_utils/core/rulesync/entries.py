# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What stands in a cluster for rules, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    HaConfig,
    HaGroup,
    NodeAffinity,
    ResourceAffinity,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rules.tags import rule_of_tag
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.naming import rules_in, rules_of

# Kinds of entries: an HA rule by its name, an HA group by its name, the group of an HA resource by its sid,
# and the tags of a guest that were written for rules, by its vmid.
RULE, GROUP, MEMBER, TAGS = "rule", "group", "member", "tags"
HA_KINDS = (RULE, GROUP, MEMBER)

Key: TypeAlias = tuple[str, str]
HaRule: TypeAlias = NodeAffinity | ResourceAffinity
Entry: TypeAlias = HaRule | HaGroup | str | frozenset[str]
Entries: TypeAlias = Mapping[Key, Entry]


def ha_entries(config: HaConfig) -> dict[Key, Entry]:
    """Of anybody; resources without a group are none."""
    affinities: tuple[HaRule, ...] = (*config.node_affinities, *config.resource_affinities)
    rules: dict[Key, Entry] = {(RULE, rule.name): rule for rule in affinities}
    groups: dict[Key, Entry] = {(GROUP, group.name): group for group in config.groups}
    members: dict[Key, Entry] = {
        (MEMBER, resource.sid): resource.group for resource in config.resources if resource.group
    }
    return rules | groups | members


def owned_ha(config: HaConfig) -> dict[Key, frozenset[str]]:
    """Ours, with the short names of the rules that each was made for."""
    comments = {group.name: group.comment for group in config.groups}
    owners = {key: _owners(entry, comments) for key, entry in ha_entries(config).items()}
    return {key: shorts for key, shorts in owners.items() if shorts}


def _owners(entry: Entry, comments: Mapping[str, str]) -> frozenset[str]:
    """A group that is gone has no comment any more, so its name has to do."""
    if isinstance(entry, NodeAffinity | ResourceAffinity | HaGroup):
        return rules_of(entry.name, entry.comment)
    group = str(entry)
    return rules_of(group, comments[group]) if group in comments else rules_in(group)


def owned_tags(cluster: Cluster, prefix: str) -> Iterator[tuple[int, str, str]]:
    """Vmid, tag, and the short name of the rule that the tag was written for."""
    for guest in cluster.guests if prefix else ():
        for tag in sorted(guest.tags):
            if short := rule_of_tag(tag, prefix):
                yield guest.vmid, tag, short

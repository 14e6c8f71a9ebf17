# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Groups of PVE 8 -> the node-affinity rules that PVE 9 makes of them (pve-api 8.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    HaConfig,
    HaGroup,
    HaResource,
    NodeAffinity,
)

PREFIX = "ha-group-"


def with_groups_as_rules(config: HaConfig) -> HaConfig:
    """Groups with members become rules, and whether members fail back is up to their group.

    PVE 9 lists the rules of groups that it has not migrated yet, so a rule of that name is not made again.
    """
    groups = {group.name: group for group in config.groups}
    known = {rule.name for rule in config.node_affinities}
    made = tuple(rule for rule in _rules(config, groups) if rule.name not in known)
    return replace(
        config,
        groups=(),
        resources=tuple(_by_group(resource, groups) for resource in config.resources),
        node_affinities=(*config.node_affinities, *made),
    )


def group_of(rule: str) -> str | None:
    """The group that a rule of this name was made of."""
    return rule.removeprefix(PREFIX) if rule.startswith(PREFIX) else None


def _rules(config: HaConfig, groups: dict[str, HaGroup]) -> Iterator[NodeAffinity]:
    members: dict[str, set[str]] = defaultdict(set)
    for resource in config.resources:
        if resource.group in groups:
            members[resource.group].add(resource.sid)
    for name, sids in sorted(members.items()):
        group = groups[name]
        yield NodeAffinity(
            name=f"{PREFIX}{name}",
            sids=frozenset(sids),
            nodes=group.nodes,
            is_strict=group.is_restricted,
            comment=group.comment,
        )


def _by_group(resource: HaResource, groups: dict[str, HaGroup]) -> HaResource:
    group = groups.get(resource.group or "")
    return replace(resource, fails_back=group.fails_back) if group else resource

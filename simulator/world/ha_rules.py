# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What HA rules and groups mean for one resource: partners, priorities, allowed nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .ha_data import HaGroup, HaResource, HaRule

# Nodes outside a rule that is not strict come after all named ones.
LAST_RESORT = -1


@dataclass(frozen=True)
class RuleSet:
    """Rules in force; overlapping positive rules are merged, members of one set share all else."""

    rules: tuple[HaRule, ...] = ()
    groups: Mapping[str, HaGroup] = field(default_factory=dict)

    def active(self, kind: str) -> list[HaRule]:
        """Rules of that type which the manager obeys."""
        fewest = 2 if kind == "resource-affinity" else 1
        return [rule for rule in self.rules if rule.type == kind and not rule.is_disabled and len(rule.sids) >= fewest]

    def together(self, sid: str) -> frozenset[str]:
        """Resources that must be on the same node as this one, without itself."""
        members = {sid}
        positive = [rule.sids for rule in self.active("resource-affinity") if rule.affinity == "positive"]
        while grown := [sids for sids in positive if sids & members and not sids <= members]:
            members |= frozenset().union(*grown)
        return frozenset(members - {sid})

    def apart(self, sid: str) -> frozenset[str]:
        """Resources that must not share a node with this one, nor with those that go with it."""
        members = self.together(sid) | {sid}
        negative = [rule.sids for rule in self.active("resource-affinity") if rule.affinity == "negative"]
        return frozenset(other for sids in negative if sids & members for other in sids - members)

    def priorities(self, resource: HaResource, nodes: Iterable[str]) -> dict[str, int]:
        """The nodes that this resource may use, each with its priority (higher is better)."""
        wanted = self._wanted(resource)
        if wanted is None:
            return dict.fromkeys(nodes, 0)
        named, is_strict = wanted
        found = {node: named[node] for node in nodes if node in named}
        if is_strict:
            return found
        return found | {node: LAST_RESORT for node in nodes if node not in named}

    def _wanted(self, resource: HaResource) -> tuple[Mapping[str, int], bool] | None:
        members = self.together(resource.sid) | {resource.sid}
        for rule in self.active("node-affinity"):
            if rule.sids & members:
                return rule.nodes, rule.strict
        group = self.groups.get(resource.group or "")
        return (group.nodes, group.restricted) if group else None

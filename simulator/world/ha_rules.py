# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What HA rules and groups mean for one resource: partners, priorities, allowed nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .ha_data import HaGroup, HaResource, HaRule
from .ha_feasible import complaints, merged

# Nodes outside a rule that is not strict come after all named ones.
LAST_RESORT = -1


@dataclass(frozen=True)
class RuleSet:
    """Rules and groups as configured; what follows from them leaves out rules that cannot be obeyed.

    Overlapping positive rules are merged, members of one set share all else. `node_count`: nodes of the cluster.
    """

    rules: tuple[HaRule, ...] = ()
    groups: Mapping[str, HaGroup] = field(default_factory=dict)
    node_count: int = 0

    @cached_property
    def complaints(self) -> dict[str, list[str]]:
        """What stands against the rules that the manager ignores, by name."""
        return complaints(self.rules, self.node_count)

    @cached_property
    def in_force(self) -> tuple[HaRule, ...]:
        """The rules that the manager obeys."""
        return tuple(rule for rule in self.rules if not rule.is_disabled and rule.name not in self.complaints)

    @cached_property
    def _sets(self) -> dict[str, frozenset[str]]:
        positive = (rule for rule in self.in_force if rule.affinity == "positive")
        return {sid: one.sids for one in merged(positive) for sid in one.sids}

    @cached_property
    def _rivals(self) -> dict[str, set[str]]:
        """Who keeps apart from whom: as negative rules say, and whoever a partner keeps apart from."""
        named: dict[str, set[str]] = defaultdict(set)
        for rule in self.in_force:
            for sid in rule.sids if rule.affinity == "negative" else ():
                named[sid] |= rule.sids - {sid}
        found = defaultdict(set, {sid: set(others) for sid, others in named.items()})
        for sid, others in named.items():
            for partner in self.together(sid) - others:
                found[partner] |= others
                for other in others:
                    found[other].add(partner)
        return found

    @cached_property
    def _homes(self) -> dict[str, HaRule]:
        return {sid: rule for rule in self.in_force if rule.type == "node-affinity" for sid in rule.sids}

    def together(self, sid: str) -> frozenset[str]:
        """Resources that must be on the same node as this one, without itself."""
        return self._sets.get(sid, frozenset()) - {sid}

    def apart(self, sid: str) -> frozenset[str]:
        """Resources that must not share a node with this one, nor with those that go with it."""
        return frozenset(self._rivals.get(sid, ()))

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
        for sid in sorted(self.together(resource.sid) | {resource.sid}):
            if sid in self._homes:
                return self._homes[sid].nodes, self._homes[sid].strict
        group = self.groups.get(resource.group or "")
        return (group.nodes, group.restricted) if group else None

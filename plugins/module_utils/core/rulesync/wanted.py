# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What each declared rule asks for in this cluster, and whether it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import CompiledRules
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import MUST, SOFT_TYPES, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import SEPARATE, TOGETHER, Clause
from ansible_collections.pve.drs.plugins.module_utils.core.rules.compile import compile_rules
from ansible_collections.pve.drs.plugins.module_utils.core.rules.declared import declared
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import directory_of
from ansible_collections.pve.drs.plugins.module_utils.core.rules.tags import IGNORE, PIN
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.declaration import Declaration

FIRST_WITH_RULES = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A declared rule, its guests by vmid, and its clause where it is of a type that has one and has an effect.

    `is_on`: it is not switched off, and contradicts nothing older.
    """

    rule: Rule
    short: str
    vmids: tuple[int, ...]
    clause: Clause | None
    is_on: bool

    @property
    def is_must(self) -> bool:
        return self.rule.strength == MUST

    @property
    def is_grouping(self) -> bool:
        """Is about guests and guests, not about guests and nodes."""
        return self.rule.type in (TOGETHER, SEPARATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What Proxmox VE cannot be told of a rule, and why; a problem if the rule is not in force as declared."""

    rule: str
    text: str
    is_problem: bool = False


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A cluster without what is ours, and the rules that are wanted in it, in their order."""

    base: Cluster
    declaration: Declaration
    compiled: CompiledRules
    wanted: tuple[Wanted, ...]

    @cached_property
    def has_rules(self) -> bool:
        """PVE 9 has HA rules; before there are HA groups."""
        major = self.base.version.partition(".")[0]
        return not major.isdigit() or int(major) >= FIRST_WITH_RULES

    @cached_property
    def sids(self) -> Mapping[int, str]:
        """By vmid, of the guests that HA manages."""
        managed = {resource.sid for resource in self.base.ha.resources if resource.is_managed}
        return {guest.vmid: guest.sid for guest in self.base.guests if guest.sid in managed}

    def managed(self, wanted: Wanted) -> tuple[int, ...]:
        return tuple(vmid for vmid in wanted.vmids if vmid in self.sids)

    def is_for_ha_alone(self, wanted: Wanted) -> bool:
        """HA keeps a group of guests as a must, where it manages all of them, from PVE 9 on."""
        return self.has_rules and wanted.is_must and len(self.managed(wanted)) == len(wanted.vmids)


def scene_of(base: Cluster, declaration: Declaration) -> Scene:
    """Stopped guests take part: what Proxmox VE is told must not depend on who runs at the moment (drs-model 3.4)."""
    policy = replace(declaration.policy, rules_scope="all")
    compiled = compile_rules(base, policy)
    return Scene(
        base=base, declaration=declaration, compiled=compiled, wanted=tuple(_wanted(base, declaration, compiled))
    )


def _wanted(base: Cluster, declaration: Declaration, compiled: CompiledRules) -> Iterator[Wanted]:
    everything = tuple(replace(rule, enabled=True) for rule in declaration.policy.rules)
    policy = replace(declaration.policy, rules=everything, rules_scope="all")
    directory = directory_of(base)
    demands = declared(base, policy, directory)
    clauses = {clause.source: clause for clause in (*demands.binding, *demands.wishes)}
    contradicting = {disabled.source for disabled in compiled.disabled}
    for rule in declaration.policy.rules:
        source = f"rule {rule.name}"
        clause = clauses.get(source)
        held = tuple(sorted(directory.members(rule.guests))) if rule.type in (PIN, IGNORE) else ()
        yield Wanted(
            rule=rule,
            short=declaration.shorts[rule.name],
            vmids=clause.vmids if clause else held,
            clause=clause if rule.type in SOFT_TYPES else None,
            is_on=rule.enabled and source not in contradicting,
        )

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Positive rules that overlap are one set (proxmox-crs 9, inference 1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import ResourceAffinity


@dataclass(slots=True)
class PositiveSet:
    """Resources that belong together, and the rules that say so."""

    rules: list[ResourceAffinity] = field(default_factory=list)
    sids: set[str] = field(default_factory=set)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(rule.name for rule in self.rules)

    def as_rule(self) -> ResourceAffinity:
        """A rule that stands alone remains what it is."""
        if len(self.rules) == 1:
            return self.rules[0]
        names = self.names
        return ResourceAffinity(name="+".join(names), sids=frozenset(self.sids), is_positive=True, inferred_from=names)


def positive_sets(rules: Iterable[ResourceAffinity]) -> tuple[PositiveSet, ...]:
    """Each rule joins the first set that it overlaps, in the order of the lowest sid as text.

    As in Proxmox, a rule that links two sets joins only the first of them, so that sets may still overlap.
    """
    sets: list[PositiveSet] = []
    first_with: dict[str, int] = {}
    for rule in sorted((rule for rule in rules if rule.sids), key=lambda rule: (min(rule.sids), rule.name)):
        number = min((first_with[sid] for sid in rule.sids if sid in first_with), default=len(sets))
        if number == len(sets):
            sets.append(PositiveSet())
        sets[number].rules.append(rule)
        sets[number].sids |= rule.sids
        first_with |= {sid: min(number, first_with.get(sid, number)) for sid in rule.sids}
    return tuple(sets)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Clauses that can all be kept, and what stands against one more: what can be told without a search (drs-model 3.6)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.rules.bundles import Groups
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import (
    SEPARATE,
    TOGETHER,
    Clause,
    precedence,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rules.matching import crowd

# what may be wrong: together and apart at once, no node allowed, fewer nodes than guests, no way in spite of all that
TORN, NOWHERE, CROWDED, IMPOSSIBLE = "torn", "nowhere", "crowded", "impossible"

Domains = Mapping[int, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Why clauses cannot all be kept: guests that cannot be placed, and the nodes that are left for them."""

    kind: str
    vmids: tuple[int, ...]
    nodes: frozenset[str] = frozenset()


class Accepted:
    """Grows by clauses that contradict none of those before; a bundle is known by one of its guests."""

    def __init__(self, nodes: frozenset[str]) -> None:
        self.nodes = nodes
        self._groups = Groups()
        self._domains: dict[int, frozenset[str]] = {}
        self._binding: dict[int, list[Clause]] = defaultdict(list)
        self._separating: dict[int, list[Clause]] = defaultdict(list)

    def bundle(self, vmid: int) -> int:
        return self._groups.of(vmid)

    def domain(self, bundle: int) -> frozenset[str]:
        """The nodes that are left for a bundle."""
        return self._domains.get(bundle, self.nodes)

    def neighbours(self) -> dict[int, set[int]]:
        """Bundles that must be apart from others, and from which."""
        found: dict[int, set[int]] = {}
        clauses = dict.fromkeys(clause for clauses in self._separating.values() for clause in clauses)
        for clause in clauses:
            bundles = self._bundles(clause.vmids)
            for bundle in bundles:
                found.setdefault(bundle, set()).update(bundles)
        for bundle, others in found.items():
            others.discard(bundle)
        return found

    def clauses_of(self, vmids: Iterable[int]) -> tuple[Clause, ...]:
        """All that bind the bundles of these guests, in order of precedence."""
        bundles = self._bundles(vmids)
        kinds = (self._binding, self._separating)
        found = dict.fromkeys(clause for b in bundles for kind in kinds for clause in kind.get(b, ()))
        return tuple(sorted(found, key=precedence))

    def add(self, clause: Clause) -> Conflict | None:
        """Take one clause more, unless something stands against it, which is returned."""
        bundles = self._bundles(clause.vmids)
        if clause.type == SEPARATE:
            return self._separate(clause, bundles)
        if clause.type == TOGETHER:
            narrowed = dict.fromkeys(bundles, frozenset.intersection(*map(self.domain, bundles)))
            conflict = self._torn_apart(bundles)
        else:
            narrowed, conflict = {bundle: self.domain(bundle) & clause.nodes for bundle in bundles}, None
        conflict = conflict or self._nowhere(clause, narrowed) or self._too_narrow(narrowed)
        if conflict is None:
            self._domains.update(narrowed)
            for bundle in [self._unite(bundles)] if clause.type == TOGETHER else bundles:
                self._binding[bundle].append(clause)
        return conflict

    def _separate(self, clause: Clause, bundles: Sequence[int]) -> Conflict | None:
        torn = self._torn(clause) if len(bundles) < len(clause.vmids) else None
        conflict = torn or self._crowded(clause, {})
        if conflict is None:
            for bundle in bundles:
                self._separating[bundle].append(clause)
        return conflict

    def _unite(self, bundles: Sequence[int]) -> int:
        whole = self._groups.unite(bundles)
        for bundle in bundles:
            if bundle != whole:
                self._binding[whole] += self._binding.pop(bundle, [])
                self._separating[whole] += self._separating.pop(bundle, [])
        return whole

    def _bundles(self, vmids: Iterable[int]) -> list[int]:
        return sorted({self._groups.of(vmid) for vmid in vmids})

    def _torn(self, clause: Clause) -> Conflict:
        """Guests of one bundle that a clause wants apart."""
        counts = Counter(map(self.bundle, clause.vmids))
        return Conflict(kind=TORN, vmids=tuple(vmid for vmid in clause.vmids if counts[self.bundle(vmid)] > 1))

    def _torn_apart(self, bundles: Sequence[int]) -> Conflict | None:
        """The same where bundles are about to become one."""
        touched = Counter(clause for bundle in bundles for clause in self._separating.get(bundle, ()))
        for clause, count in touched.items():
            if count > 1:
                vmids = tuple(vmid for vmid in clause.vmids if self.bundle(vmid) in bundles)
                return Conflict(kind=TORN, vmids=vmids)
        return None

    def _nowhere(self, clause: Clause, narrowed: Domains) -> Conflict | None:
        empty = {bundle for bundle, nodes in narrowed.items() if not nodes}
        vmids = tuple(vmid for vmid in clause.vmids if empty and self.bundle(vmid) in empty)
        return Conflict(kind=NOWHERE, vmids=vmids) if vmids else None

    def _too_narrow(self, narrowed: Domains) -> Conflict | None:
        """Whoever has as many nodes left as there are guests to be apart finds one, wherever all others are."""
        least = min(map(len, narrowed.values()), default=0)
        separating = (clause for bundle in narrowed for clause in self._separating.get(bundle, ()))
        touched = dict.fromkeys(clause for clause in separating if len(clause.vmids) > least)
        return next(filter(None, (self._crowded(clause, narrowed) for clause in touched)), None)

    def _crowded(self, clause: Clause, narrowed: Domains) -> Conflict | None:
        """More guests of a separation than there are nodes for them, with domains other than those accepted."""
        guests = {self.bundle(vmid): vmid for vmid in clause.vmids}
        found = crowd({bundle: narrowed.get(bundle, self.domain(bundle)) for bundle in guests})
        if not found:
            return None
        vmids = tuple(sorted(guests[bundle] for bundle in found[0]))
        return Conflict(kind=CROWDED, vmids=vmids, nodes=found[1])


def accepted_from(clauses: Iterable[Clause], nodes: frozenset[str]) -> Accepted:
    """Clauses of which is known that none contradicts another."""
    accepted = Accepted(nodes)
    for clause in clauses:
        accepted.add(clause)
    return accepted

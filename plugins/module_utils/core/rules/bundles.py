# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Clauses that hold -> bundles, and what these make of separations and nodes (drs-model 3.4, 3.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Bundle, Domain, Separation
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import RUN_ON, SEPARATE, TOGETHER, Clause


class Groups:
    """Guests that belong together (union-find); each group is known by one of its guests."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def of(self, vmid: int) -> int:
        """The guest that its group is known by."""
        root = vmid
        while (parent := self._parent.get(root, root)) != root:
            root = parent
        while vmid != root:
            self._parent[vmid], vmid = root, self._parent[vmid]
        return root

    def unite(self, vmids: Iterable[int]) -> int:
        """Make one group of theirs, known by the lowest of the guests that these were known by."""
        roots = sorted({self.of(vmid) for vmid in vmids})
        for root in roots:
            self._parent[root] = roots[0]
        return roots[0]


def bundles_of(clauses: Iterable[Clause]) -> dict[int, Bundle]:
    """By vmid, for guests that must share a node with others."""
    binding = [clause for clause in clauses if clause.type == TOGETHER]
    groups = Groups()
    for clause in binding:
        groups.unite(clause.vmids)
    sources: dict[int, list[Clause]] = defaultdict(list)
    for clause in binding:
        sources[groups.of(clause.vmids[0])].append(clause)
    bundles = (_bundle(bound) for bound in sources.values())
    return {vmid: bundle for bundle in bundles for vmid in bundle.vmids}


def _bundle(clauses: Sequence[Clause]) -> Bundle:
    return Bundle(
        vmids=tuple(sorted({vmid for clause in clauses for vmid in clause.vmids})),
        source=", ".join(clause.source for clause in clauses),
        is_ha=any(clause.is_ha for clause in clauses),
    )


def separations_of(clauses: Iterable[Clause], bundles: Mapping[int, Bundle]) -> dict[int, tuple[Separation, ...]]:
    """By vmid; what holds for a guest holds for its whole bundle."""
    found: dict[int, list[Separation]] = defaultdict(list)
    for clause in clauses:
        if clause.type == SEPARATE:
            vmids = frozenset(_with_bundles(clause.vmids, bundles))
            separation = Separation(vmids=vmids, source=clause.source)
            for vmid in vmids:
                found[vmid].append(separation)
    return {vmid: tuple(separations) for vmid, separations in sorted(found.items())}


def domains_of(clauses: Iterable[Clause], bundles: Mapping[int, Bundle]) -> dict[int, tuple[Domain, ...]]:
    """By vmid; what holds for a guest holds for its whole bundle."""
    found: dict[int, list[Domain]] = defaultdict(list)
    for clause in clauses:
        if clause.type == RUN_ON:
            domain = Domain(nodes=clause.nodes, source=clause.source)
            for vmid in _with_bundles(clause.vmids, bundles):
                found[vmid].append(domain)
    return {vmid: tuple(domains) for vmid, domains in sorted(found.items())}


def _with_bundles(vmids: Iterable[int], bundles: Mapping[int, Bundle]) -> set[int]:
    return {other for vmid in vmids for other in (bundles[vmid].vmids if vmid in bundles else (vmid,))}

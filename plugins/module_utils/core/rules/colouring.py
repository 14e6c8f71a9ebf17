# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Overlapping separations: can every bundle have a node? A bounded exact search (drs-model 3.6, number 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from ansible_collections.pve.drs.plugins.module_utils.core.rules.conflicts import Accepted
from ansible_collections.pve.drs.plugins.module_utils.core.rules.matching import crowd

# A search gives up after so many positions, or when all of them together have looked at a neighbour so many times.
SEARCH_NODES = 100_000
SEARCH_WORK = 200_000
# How many bundles are tried as the first of some that are all apart, and how many without patience.
CLIQUES, HASTY_CLIQUES = 8, 1
COMPARISONS = 4  # of two bundles, in the time of one look at a neighbour

Neighbours = Mapping[int, set[int]]
Domains = Mapping[int, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Colouring:
    """Bundles that cannot all be placed, empty where they can; groups of them for which the search gave up."""

    impossible: tuple[int, ...] = ()
    undecided: tuple[tuple[int, ...], ...] = ()


@dataclass(slots=True)
class Patience:
    """Looks at a neighbour that searches may still take together; without any, each only tries its first choices."""

    work: int = field(default_factory=lambda: SEARCH_WORK)

    @property
    def is_left(self) -> bool:
        return self.work > 0


def colour(accepted: Accepted, patience: Patience | None = None) -> Colouring:
    """Look at the bundles that might be in each other's way; groups that share no separation apart from each other."""
    patience = patience or Patience()
    neighbours = accepted.neighbours()
    domains = {bundle: accepted.domain(bundle) for bundle in neighbours}
    undecided = []
    for part in _parts(_core(neighbours, domains)):
        if clique := _crowded_clique(part, domains, patience):
            return Colouring(impossible=clique)
        outcome = _search(part, domains, patience)
        if outcome is False:
            return Colouring(impossible=tuple(sorted(part)))
        if outcome is None:
            undecided.append(tuple(sorted(part)))
    return Colouring(undecided=tuple(undecided))


def _core(neighbours: Neighbours, domains: Domains) -> dict[int, set[int]]:
    """What is left without the bundles that find a node whatever their neighbours do, over and over."""
    left = {bundle: set(others) for bundle, others in neighbours.items()}
    easy = [bundle for bundle, others in left.items() if len(others) < len(domains[bundle])]
    for bundle in easy:
        for other in left.pop(bundle):
            left[other].discard(bundle)
            if len(left[other]) == len(domains[other]) - 1:
                easy.append(other)
    return left


def _parts(graph: Neighbours) -> Iterator[dict[int, set[int]]]:
    """Connected components, by their lowest bundles."""
    seen: set[int] = set()
    for start in sorted(graph):
        if start not in seen:
            part = [start]
            seen.add(start)
            for bundle in part:
                part += sorted(graph[bundle] - seen)
                seen |= graph[bundle]
            yield {bundle: set(graph[bundle]) for bundle in part}


def _crowded_clique(graph: Neighbours, domains: Domains, patience: Patience) -> tuple[int, ...]:
    """Bundles that are all apart from each other and have too few nodes, if such are easily found."""
    bits = {bundle: 1 << place for place, bundle in enumerate(sorted(graph))}
    masks = {bundle: sum(map(bits.__getitem__, others)) for bundle, others in graph.items()}
    starts = sorted(graph, key=lambda bundle: (-len(graph[bundle]), bundle))
    for start in starts[: CLIQUES if patience.is_left else HASTY_CLIQUES]:
        clique, near, others = [start], list(graph[start]), masks[start]
        while near:
            patience.work -= len(near) // COMPARISONS
            clique.append(max(near, key=lambda bundle: ((masks[bundle] & others).bit_count(), -bundle)))
            others &= masks[clique[-1]]
            near = [bundle for bundle in near if bits[bundle] & others]
        if found := crowd({bundle: domains[bundle] for bundle in clique}):
            return found[0]
    return ()


def _search(graph: Neighbours, domains: Domains, patience: Patience) -> bool | None:
    """Backtracking that goes on with the bundle that has the fewest nodes left; None when that takes too long."""
    board, trail = Board(graph, domains), list[Choice]()
    looks = sum(map(len, graph.values())) // len(graph)
    budget = min(SEARCH_NODES, max(len(graph), patience.work // looks))
    while board.waiting:
        if budget <= 0:
            return None
        budget -= 1
        patience.work -= looks
        trail.append(board.tightest())
        while not board.advance(trail[-1]):
            trail.pop()
            if not trail:
                return False
    return True


@dataclass(slots=True)
class Choice:
    """A bundle, the nodes that are left to try, the one that it has, and the others that lost it by that."""

    bundle: int
    nodes: Iterator[str]
    node: str | None = None
    losers: tuple[int, ...] = ()


class Board:
    """The bundles that wait for a node, and what the choices so far leave to them.

    The queue has an entry for every state of a bundle, those that are over included.
    """

    def __init__(self, graph: Neighbours, domains: Domains) -> None:
        self._graph = graph
        self._left = {bundle: set(domains[bundle]) for bundle in graph}
        self.waiting = set(graph)
        self._queue = [self._entry(bundle) for bundle in graph]
        heapify(self._queue)

    def tightest(self) -> Choice:
        """The bundle with the fewest nodes left, of those the one with most neighbours."""
        left, _neighbours, bundle = heappop(self._queue)
        while bundle not in self.waiting or left != len(self._left[bundle]):
            left, _neighbours, bundle = heappop(self._queue)
        self.waiting.remove(bundle)
        return Choice(bundle, iter(sorted(self._left[bundle])))

    def advance(self, choice: Choice) -> bool:
        """Try its next node; False when there is none, and then the bundle waits again."""
        for other in choice.losers:
            self._left[other].add(choice.node or "")
            heappush(self._queue, self._entry(other))
        choice.node, choice.losers = next(choice.nodes, None), ()
        if choice.node is None:
            self.waiting.add(choice.bundle)
            heappush(self._queue, self._entry(choice.bundle))
            return False
        near = self._graph[choice.bundle] & self.waiting
        choice.losers = tuple(other for other in near if choice.node in self._left[other])
        for other in choice.losers:
            self._left[other].remove(choice.node)
            heappush(self._queue, self._entry(other))
        return True

    def _entry(self, bundle: int) -> tuple[int, int, int]:
        return len(self._left[bundle]), -len(self._graph[bundle]), bundle

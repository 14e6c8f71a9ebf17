# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Overlapping separations: can every bundle have a node? A bounded exact search (drs-model 3.6, number 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from ansible_collections.pve.drs.plugins.module_utils.core.rules.conflicts import Accepted

SEARCH_NODES = 100_000

Neighbours = Mapping[int, set[int]]
Domains = Mapping[int, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Colouring:
    """Bundles that cannot all be placed, empty where they can; groups of them for which the search gave up."""

    impossible: tuple[int, ...] = ()
    undecided: tuple[tuple[int, ...], ...] = ()


def colour(accepted: Accepted) -> Colouring:
    """Look at the bundles that might be in each other's way; groups that share no separation apart from each other."""
    neighbours = accepted.neighbours()
    domains = {bundle: accepted.domain(bundle) for bundle in neighbours}
    undecided = []
    for part in _parts(_core(neighbours, domains)):
        outcome = _search(part, domains, SEARCH_NODES)
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


def _search(graph: Neighbours, domains: Domains, budget: int) -> bool | None:
    """Backtracking that takes the bundle with the fewest nodes left; None when the budget is used up."""
    chosen: dict[int, str] = {}
    trail: list[tuple[int, Iterator[str]]] = []
    while len(chosen) < len(graph):
        budget -= 1
        if budget < 0:
            return None
        trail.append(_next_choice(graph, domains, chosen))
        while trail:
            bundle, nodes = trail[-1]
            chosen.pop(bundle, None)
            node = next(nodes, None)
            if node is not None:
                chosen[bundle] = node
                break
            trail.pop()
        else:
            return False
    return True


def _next_choice(graph: Neighbours, domains: Domains, chosen: Mapping[int, str]) -> tuple[int, Iterator[str]]:
    """The bundle that has the fewest nodes left, of those the one with most neighbours, and its nodes."""
    waiting = [
        (len(left := _nodes_left(bundle, others, domains, chosen)), -len(others), bundle, left)
        for bundle, others in graph.items()
        if bundle not in chosen
    ]
    _few, _many, bundle, nodes = min(waiting, key=itemgetter(0, 1, 2))
    return bundle, iter(sorted(nodes))


def _nodes_left(bundle: int, others: set[int], domains: Domains, chosen: Mapping[int, str]) -> frozenset[str]:
    return domains[bundle].difference([chosen[other] for other in others if other in chosen])

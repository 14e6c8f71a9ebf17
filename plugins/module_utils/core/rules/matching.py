# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A node of its own for each of several bundles: Hopcroft and Karp's matching, Hall's reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Allowed = Mapping[int, frozenset[str]]
Matching = dict[str, int]


def crowd(allowed: Allowed) -> tuple[tuple[int, ...], frozenset[str]] | None:
    """Bundles that have fewer nodes than there are of them, with these nodes; None where each can have its own."""
    if all(len(nodes) >= len(allowed) for nodes in allowed.values()):
        return None
    matched: Matching = {}
    while _augment(allowed, matched):
        pass
    alone = [bundle for bundle in allowed if bundle not in matched.values()]
    if not alone:
        return None
    layers = _layers(allowed, matched, alone[:1])
    return tuple(sorted(layers)), frozenset().union(*(allowed[bundle] for bundle in layers))


def _augment(allowed: Allowed, matched: Matching) -> bool:
    """One round: lengthen the matching along shortest paths that share no bundle; False when there is none."""
    taken = set(matched.values())
    alone = [bundle for bundle in allowed if bundle not in taken]
    layers = _layers(allowed, matched, alone)
    extended = [_extend(allowed, matched, layers, bundle) for bundle in alone]
    return any(extended)


def _layers(allowed: Allowed, matched: Matching, start: Sequence[int]) -> dict[int, int]:
    """How many exchanges away each bundle is that could make room for those at the start."""
    layers, queue = dict.fromkeys(start, 0), list(start)
    for bundle in queue:
        for node in sorted(allowed[bundle]):
            holder = matched.get(node)
            if holder is not None and holder not in layers:
                layers[holder] = layers[bundle] + 1
                queue.append(holder)
    return layers


def _extend(allowed: Allowed, matched: Matching, layers: dict[int, int], bundle: int) -> bool:
    """Give the bundle a node, if need be that of one in the next layer which finds another; each is tried once."""
    depth = layers.pop(bundle)
    for node in sorted(allowed[bundle]):
        holder = matched.get(node)
        if holder is None or (layers.get(holder) == depth + 1 and _extend(allowed, matched, layers, holder)):
            matched[node] = bundle
            return True
    return False

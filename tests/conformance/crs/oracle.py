# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""One decision on a random cluster: imbalance, the best candidates of both methods, scores of a new guest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.crs.imbalance import NORMALISED, RAW, imbalance
from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import Candidate, CrsNode, expanded
from ansible_collections.pve.drs.plugins.module_utils.core.crs.rounds import CRS_METHODS
from ansible_collections.pve.drs.plugins.module_utils.core.crs.usage import expecting_nodes, static_nodes
from tests.conformance.crs.cluster import (
    Case,
    guests_of,
    leaders_of,
    near,
    nodes_of,
    ranking_differences,
    score_differences,
)

Nodes = Mapping[str, CrsNode]


def differences(case: Case) -> Iterator[str]:
    """What Proxmox's library computes otherwise than we do."""
    is_static, guests, expected = case["mode"] == "static", guests_of(case), case["expected"]
    nodes = static_nodes(nodes_of(case), guests.values()) if is_static else nodes_of(case)
    candidates = expanded(leaders_of(case["candidates"]), guests, static=is_static)
    yield from _imbalances(nodes, expected["imbalance"])
    if len(candidates) != expected["candidate_count"]:
        yield f"there should be {expected['candidate_count']} candidates, not {len(candidates)}"
    yield from _rankings(nodes, candidates, expected)
    starting = nodes if is_static else expecting_nodes(nodes, guests.values())
    yield from score_differences(expected["start_scores"], starting, case["new_guest"])


def _imbalances(nodes: Nodes, expected: Mapping[str, float]) -> Iterator[str]:
    for generation in (RAW, NORMALISED):
        ours = imbalance(nodes.values(), generation)
        if not near(ours, expected[generation]):
            yield f"{generation} imbalance should be {expected[generation]}, is {ours}"


def _rankings(nodes: Nodes, candidates: tuple[Candidate, ...], expected: Case) -> Iterator[str]:
    for method in CRS_METHODS:
        for generation, theirs in expected[method].items():
            if generation in (RAW, NORMALISED):
                ours = CRS_METHODS[method](nodes, candidates, generation, len(theirs))
                yield from ranking_differences(f"{method}, {generation}", ours, theirs)

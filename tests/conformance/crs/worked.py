# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The worked examples of the reference: every candidate, in full precision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.crs.after import nodes_after
from ansible_collections.pve.drs.plugins.module_utils.core.crs.imbalance import NORMALISED, RAW, imbalance
from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import Candidate, CrsNode, Leader, expanded
from ansible_collections.pve.drs.plugins.module_utils.core.crs.rounds import CRS_METHODS
from ansible_collections.pve.drs.plugins.module_utils.core.crs.topsis import candidate_criteria, scores_of
from ansible_collections.pve.drs.plugins.module_utils.core.crs.usage import static_nodes
from tests.conformance.crs.cluster import (
    SCORE_TOLERANCE,
    Case,
    guests_of,
    near,
    nodes_of,
    score_differences,
)

Nodes = Mapping[str, CrsNode]


def differences(case: Case) -> Iterator[str]:
    """What the reference computes otherwise than we do."""
    is_static, guests, expected = case["mode"] == "static", guests_of(case), case["expected"]
    nodes = static_nodes(nodes_of(case), guests.values()) if is_static else nodes_of(case)
    candidates = expanded(_leaders(case), guests, static=is_static)
    yield from _differing({name: node.load for name, node in nodes.items()}, expected["loads"], "load of")
    for generation, value in expected["imbalance"].items():
        yield from _differing({generation: imbalance(nodes.values(), generation)}, {generation: value}, "imbalance")
    yield from _candidates(nodes, candidates, expected["candidates"])
    yield from score_differences(expected["start_scores"], nodes, case["new_guest"])


def _leaders(case: Case) -> tuple[Leader, ...]:
    """Guests by id; those in a bundle move with the first of it."""
    bundles = {sid: tuple(bundle) for bundle in case.get("bundles", ()) for sid in bundle}
    forbidden = case.get("forbidden_targets", {})
    found = []
    for sid, guest in sorted(case["guests"].items()):
        members = bundles.get(sid, (sid,))
        targets = sorted(set(case["nodes"]) - {guest["node"], *forbidden.get(sid, ())})
        if members[0] == sid:
            found.append(Leader(sid=sid, members=members, targets=tuple(targets)))
    return tuple(found)


def _candidates(nodes: Nodes, candidates: tuple[Candidate, ...], expected: list[Case]) -> Iterator[str]:
    ours = {(c.sid, c.target): c for c in candidates}
    if list(ours) != [(found["sid"], found["target"]) for found in expected]:
        yield f"candidates should be {[(f['sid'], f['target']) for f in expected]}, are {list(ours)}"
        return
    scores = dict(zip(ours, scores_of(candidate_criteria(nodes, candidates)), strict=True))
    ranks = {method: _ranks(nodes, candidates, method) for method in CRS_METHODS}
    for found in expected:
        key = (found["sid"], found["target"])
        after = nodes_after(nodes, ours[key])
        yield from _differing(dict(enumerate(n.load for n in after.values())), dict(enumerate(found["loads"])), "load")
        for generation in (RAW, NORMALISED):
            value = imbalance(after.values(), generation)
            yield from _differing({generation: value}, {generation: found[generation]}, f"{key}: imbalance")
        if not near(scores[key], found["topsis_score"], SCORE_TOLERANCE):
            yield f"{key}: score should be {found['topsis_score']}, is {scores[key]}"
        yield from (
            f"{key}: rank by {method} should be {found[f'{method}_rank']}, is {by_key[key]}"
            for method, by_key in ranks.items()
            if by_key[key] != found[f"{method}_rank"]
        )


def _ranks(nodes: Nodes, candidates: tuple[Candidate, ...], method: str) -> dict[tuple[str, str], int]:
    ranked = CRS_METHODS[method](nodes, candidates, NORMALISED, len(candidates))
    return {(candidate.sid, candidate.target): rank for rank, (candidate, _value) in enumerate(ranked, start=1)}


def _differing(ours: Mapping[object, float], theirs: Mapping[object, float], what: str) -> Iterator[str]:
    for key, value in theirs.items():
        if not near(ours[key], value):
            yield f"{what} {key} should be {value}, is {ours[key]}"

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes, guests and candidates of a case as our reading of Proxmox's balancer takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.crs.bruteforce import Ranked
from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import CrsGuest, CrsNode, Leader
from ansible_collections.pve.drs.plugins.module_utils.core.crs.start import start_scores
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources

Case = dict[str, Any]

IMBALANCE_TOLERANCE = 1e-12
SCORE_TOLERANCE = 1e-9


def nodes_of(case: Case) -> dict[str, CrsNode]:
    return {
        name: CrsNode(name=name, capacity=_maximum(found), usage=_usage(found)) for name, found in case["nodes"].items()
    }


def guests_of(case: Case) -> dict[str, CrsGuest]:
    return {sid: guest_of(sid, found) for sid, found in case["guests"].items()}


def guest_of(sid: str, found: Case) -> CrsGuest:
    return CrsGuest(
        sid=sid,
        node=found["node"],
        usage=_usage(found),
        maximum=_maximum(found),
        target=found.get("target"),
        is_running=found.get("running", True),
    )


def leaders_of(found: Sequence[Case]) -> tuple[Leader, ...]:
    return tuple(Leader(sid=f["leader"], members=tuple(f["members"]), targets=tuple(f["targets"])) for f in found)


def ranking_differences(what: str, ours: Ranked, theirs: Sequence[Case]) -> Iterator[str]:
    """Candidates closer together than the tolerance may stand in either order."""
    if len(ours) < len(theirs):
        yield f"{what}: {len(theirs)} candidates should be ranked, not {len(ours)}"
    values = {(c.sid, c.source, c.target): value for c, value in ours}
    for (candidate, value), other in zip(ours, theirs, strict=False):
        key = (other["sid"], other["source"], other["target"])
        known = values.get(key, value)
        is_same = (candidate.sid, candidate.source, candidate.target) == key
        if not near(value, other["imbalance"]) or not (is_same or near(known, value)):
            yield f"{what}: should be {key} with {other['imbalance']}, is {candidate} with {value}"


def score_differences(case_scores: Mapping[str, float], nodes: Mapping[str, CrsNode], maximum: Case) -> Iterator[str]:
    ours = start_scores(nodes, _maximum(maximum))
    for node, score in case_scores.items():
        if not near(ours[node], score, SCORE_TOLERANCE):
            yield f"start score of {node} should be {score}, is {ours[node]}"


def near(ours: float, theirs: float, tolerance: float = IMBALANCE_TOLERANCE) -> bool:
    return abs(ours - theirs) <= tolerance


def _maximum(found: Case) -> Resources:
    return Resources(float(found.get("maxcpu", 0.0)), float(found.get("maxmem", 0.0)))


def _usage(found: Case) -> Resources:
    return Resources(float(found.get("cpu", 0.0)), float(found.get("mem", 0.0)))

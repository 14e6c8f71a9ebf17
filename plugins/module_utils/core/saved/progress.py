# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How far the moves of a plan have been carried out, by where its guests are."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPlan
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.saved.model import SavedPlan, SavedStep


def chosen_steps(saved: SavedPlan, approved: Iterable[str]) -> tuple[SavedStep, ...]:
    """Its steps, then each recommendation that somebody approves of, one at a time. Raises BadPlan."""
    wanted = set(approved)
    unknown = sorted(wanted - saved.recommended.keys())
    if unknown:
        known = ", ".join(saved.recommended) or "nothing"
        raise BadPlan(f"approved {', '.join(unknown)} is not recommended in this plan, which recommends {known}")
    return (*saved.steps, *(moves for key, moves in saved.recommended.items() if key in wanted))


def stations(steps: Iterable[SavedStep]) -> dict[int, list[str]]:
    """By guest: where it starts, and where each move takes it."""
    found: dict[int, list[str]] = {}
    for saved in (saved for step in steps for saved in step):
        found.setdefault(saved.move.vmid, [saved.move.source]).append(saved.move.target)
    return found


def left_to_do(steps: Iterable[SavedStep], cluster: Cluster) -> tuple[SavedStep, ...]:
    """Without moves whose guests have been there already, and steps that are empty then."""
    steps = tuple(steps)
    reached = {
        vmid: frozenset(way[1 : way.index(node) + 1])
        for vmid, way in stations(steps).items()
        if (guest := cluster.guest_by_vmid.get(vmid)) and (node := guest.node) in way
    }
    left = (tuple(s for s in step if s.move.target not in reached.get(s.move.vmid, ())) for step in steps)
    return tuple(step for step in left if step)

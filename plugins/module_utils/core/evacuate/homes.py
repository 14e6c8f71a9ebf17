# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Where guests of evacuated nodes belong: noted before they leave, corrected by where they ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import SHUT_DOWN, EvacuationPlan
from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Home
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import PlannedMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import Outcome


def homes_of(plan: EvacuationPlan, nodes: Collection[str], known: Mapping[int, Home], now: float) -> dict[int, Home]:
    """By vmid, of all guests that the plan takes off these nodes or shuts down there; `now` in epoch seconds.

    A guest that is a stranger on the node, having left its home for it, keeps that home.
    """
    found = {
        planned.move.vmid: _home(plan, planned, known.get(planned.move.vmid), now)
        for planned in plan.moves
        if planned.move.source in nodes
    }
    staying = (left for left in plan.left if left.kind == SHUT_DOWN)
    off = {s.vmid: Home(vmid=s.vmid, node=s.node, target=s.node, was_running=True, time=now) for s in staying}
    return {**off, **found}


def _home(plan: EvacuationPlan, planned: PlannedMove, before: Home | None, now: float) -> Home:
    move, is_down = planned.move, planned.move.vmid in plan.shut_down and planned.move.vmid not in plan.starts
    if before is None or before.target != move.source or before.node == move.target:
        return Home(vmid=move.vmid, node=move.source, target=move.target, was_running=is_down, time=now)
    is_down = is_down or before.was_running
    return Home(vmid=move.vmid, node=before.node, target=move.target, was_running=is_down, time=before.time)


def homes_reached(homes: Mapping[int, Home], outcome: Outcome) -> dict[int, Home]:
    """With the nodes where they were last seen; a guest that may be anywhere keeps the target of its move."""
    seen = {moved.planned.move.vmid: moved.node for moved in outcome.moves if moved.node}
    return {vmid: _at(home, seen.get(vmid, home.target)) for vmid, home in homes.items()}


def _at(home: Home, node: str) -> Home:
    return Home(vmid=home.vmid, node=home.node, target=node, was_running=home.was_running, time=home.time)


def needless(homes: Mapping[int, Home]) -> list[int]:
    """Guests that are where they belong, and that nobody has to start."""
    return [vmid for vmid, home in homes.items() if home.target == home.node and not home.was_running]

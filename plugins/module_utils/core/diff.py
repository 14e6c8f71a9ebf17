# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The placement before and after, for Ansible's --diff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan, PlannedMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import Outcome


def placement_diff(plan: Plan, cluster: Cluster, outcome: Outcome | None) -> dict[str, str]:
    """Only the guests of the plan, then those that are recommended; `after` is what was reached, or would be when nothing was carried out."""
    vmids = sorted({planned.move.vmid for planned in (*plan.moves, *_moved_later(outcome))})
    after = plan.placement_after if outcome is None else _reached(plan, outcome)
    return {
        "before_header": "placement before",
        "after_header": "placement after",
        "before": _lines(cluster, vmids, plan.placement_before) + _recommended(plan, cluster, told=False),
        "after": _lines(cluster, vmids, after) + _recommended(plan, cluster, told=True),
    }


def _moved_later(outcome: Outcome | None) -> Iterator[PlannedMove]:
    """By plans that took the place of the first one."""
    for later in outcome.later_plans if outcome else ():
        yield from later.moves


def _reached(plan: Plan, outcome: Outcome) -> dict[int, str]:
    seen = {moved.planned.move.vmid: moved.node or "unknown" for moved in outcome.moves}
    return {**plan.placement_before, **seen}


def _recommended(plan: Plan, cluster: Cluster, *, told: bool) -> str:
    """They stay; afterwards with the node where they are recommended to go."""
    moves = sorted(planned.move for recommendation in plan.recommended for planned in recommendation.moves)
    return "".join(
        f"{cluster.guest_by_vmid[move.vmid].label}: {move.source}{f' ({move.target} is recommended)' if told else ''}\n"
        for move in moves
    )


def _lines(cluster: Cluster, vmids: list[int], node_of: Mapping[int, str]) -> str:
    return "".join(f"{cluster.guest_by_vmid[vmid].label}: {node_of[vmid]}\n" for vmid in vmids)

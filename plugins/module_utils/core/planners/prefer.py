# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Keep broken should-rules again, as far as the must-rules and the limits of the nodes allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ansible_collections.pve.drs.plugins.module_utils.core.goals import wishes_kept
from ansible_collections.pve.drs.plugins.module_utils.core.hold import may_improve
from ansible_collections.pve.drs.plugins.module_utils.core.loads import loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Preference
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import IMPROVEMENT, Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.planner import Planner
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.soft import NAME, complaint, is_kept
from ansible_collections.pve.drs.plugins.module_utils.core.units import (
    Unit,
    is_known,
    is_split,
    is_unmoved,
    load_with,
    memory_to_send,
)


class Wish(NamedTuple):
    """A unit on a node where should-rules are kept better; best first: worth most, least memory, least load, identity."""

    cost: float
    memory: float
    load: float
    unit: Unit
    target: str


def prefer(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    """Heaviest rule first; at most `max_moves`, and like all improvement none on weak figures or beside foreign moves.

    No should-rule, however light, is kept less for another one: they all get better or stay.
    """
    if problem.unsure or problem.cluster.migrations or not may_improve(problem, NAME):
        return
    moves_left = problem.policy.limits.max_moves
    for preference in problem.should_rules.ordered:
        while moves := _best(problem, placement, preference, moves_left):
            reason, before = complaint(placement, preference), loads(problem, placement)
            placement.apply_all(moves)
            moves_left -= len(moves)
            gain = variation(tuple(before.values())) - variation(tuple(loads(problem, placement).values()))
            yield Proposal(moves=moves, category=IMPROVEMENT, reason=reason, gain=gain)


def _best(problem: Problem, placement: Placement, preference: Preference, most_moves: int) -> tuple[Move, ...]:
    """The moves of one unit, or none."""
    if is_kept(placement, preference):
        return ()
    units = {problem.unit_of(vmid) for vmid in preference.vmids}
    movable = (unit for unit in sorted(units) if len(unit) <= most_moves and _is_movable(problem, placement, unit))
    wishes = sorted(wish for unit in movable for wish in _wishes(problem, placement, unit))
    found = (moves_to(placement, wish.unit, wish.target) for wish in wishes)
    return next((moves for moves in found if not problem.joint_refusal(placement, moves)), ())


def _is_movable(problem: Problem, placement: Placement, unit: Unit) -> bool:
    """With figures of its own, not moved by this plan yet, and not a bundle that is apart."""
    return is_unmoved(placement, unit) and is_known(problem, placement, unit) and not is_split(placement, unit)


def _wishes(problem: Problem, placement: Placement, unit: Unit) -> Iterator[Wish]:
    wishes = problem.should_rules.wishes(placement, unit)
    better = frozenset(node for node in wishes.kind(placement.node_names) if wishes.gain(node) > 0.0)
    for target in problem.likely_targets(placement, unit) & better if better else better:
        load = round(load_with(problem, placement, unit, target), 9)
        yield Wish(-wishes.gain(target), memory_to_send(placement, unit, target), load, unit, target)


PREFER = Planner(name="prefer", describes="keeps broken should-rules again", propose=prefer, goal=wishes_kept)

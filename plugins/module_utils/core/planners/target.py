# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Where guests go that have to leave their node."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.together import join_rank
from ansible_collections.pve.drs.plugins.module_utils.core.loads import load_of
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, is_split, load_with


def best_target(problem: Problem, placement: Placement, unit: Unit) -> str | None:
    """Where a bundle joins; else where should-rules are kept best, and the load is least with the unit on board."""
    likely = problem.likely_targets(placement, unit)
    if len(unit) == 1:
        return _least_loaded(problem, placement, unit, _kindest(problem, placement, unit, likely))
    if is_split(placement, unit):
        bundle = problem.rules.bundles[unit[0]]
        ordered = sorted(likely, key=lambda node: join_rank(placement, bundle, node))
    else:
        ordered = _by_load(problem, placement, unit, likely)
    allowed = (node for node in ordered if not problem.joint_refusal(placement, moves_to(placement, unit, node)))
    return next(allowed, None)


def _kindest(problem: Problem, placement: Placement, unit: Unit, targets: frozenset[str]) -> frozenset[str]:
    """Those of the targets on which the should-rules are kept best."""
    wishes = problem.should_rules.wishes(placement, unit)
    if not wishes.shares or not targets:
        return targets
    gains = {node: wishes.gain(node) for node in targets}
    return frozenset(node for node, gain in gains.items() if gain == max(gains.values()))


def _by_load(problem: Problem, placement: Placement, unit: Unit, targets: frozenset[str]) -> list[str]:
    wishes = problem.should_rules.wishes(placement, unit)
    return sorted(
        targets,
        key=lambda node: (
            -wishes.gain(node),
            round(load_with(problem, placement, unit, node), 9),
            node,
        ),
    )


def _least_loaded(problem: Problem, placement: Placement, unit: Unit, targets: frozenset[str]) -> str | None:
    """No guest makes a node less loaded: one that is worse without it than another one with it need not be asked."""
    best: tuple[float, str] | None = None
    for now in sorted((round(load_of(problem, placement, target), 9), target) for target in targets):
        if best and now > best:
            break
        loaded = (round(load_with(problem, placement, unit, now[1]), 9), now[1])
        best = min(best or loaded, loaded)
    return best[1] if best else None

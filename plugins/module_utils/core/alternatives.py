# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the planners would do instead of each move of a plan, best first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import PLANNERS
from ansible_collections.pve.drs.plugins.module_utils.core.collapse import CATEGORIES
from ansible_collections.pve.drs.plugins.module_utils.core.loads import is_uneven, loads
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import IMPROVEMENT, Move, Proposal, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.search import purposeful, told_on
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.balanciness import BALANCINESS

Proposals = tuple[Proposal, ...]
# A guest, and where it is not to go.
Told = frozenset[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Other:
    """A constraint for the time of one question: guests leave these nodes only, and not for where was told already."""

    sources: frozenset[str]
    told: Told
    name: str = "alternatives"

    def violations(self, _placement: Placement, _node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, _placement: Placement, move: Move) -> str | None:
        is_other = move.source in self.sources and (move.vmid, move.target) not in self.told
        return None if is_other else "this is no question of it"

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        if placement.node_of[vmid] not in self.sources:
            return frozenset()
        return frozenset(node for node in among if (vmid, node) not in self.told)


def alternatives(problem: Problem, proposals: Sequence[Proposal]) -> Iterator[Proposals]:
    """For each proposal, with those before it carried out: up to as many others from the same nodes as the policy wants.

    They are found by asking the planners again, each time without what they said before, so the ranking is theirs.
    """
    problem, placement = _once_something_triggered(problem), problem.placement()
    for proposal in proposals:
        yield tuple(_ranked(problem, placement, proposal))
        placement.apply_all(proposal.moves)


def _once_something_triggered(problem: Problem) -> Problem:
    """In the middle of a plan the trigger may be silent, while the loads are further apart than the policy wants.

    A single move need not take as much of the imbalance away as a whole plan.
    """
    start = problem.placement()
    more = (BALANCINESS,) if is_uneven(problem, start, loads(problem, start)) else ()
    policy = replace(problem.policy, least_improvement=0.0)
    return replace(problem, policy=policy, triggers=(*problem.triggers, *more))


def _ranked(problem: Problem, placement: Placement, proposal: Proposal) -> Iterator[Proposal]:
    told = _ends(proposal)
    for _unused in range(problem.policy.alternatives):
        found = _next(_limited(problem, proposal, told), placement, proposal) if problem.budget.has_time() else None
        if found is None:
            return
        yield found
        told |= _ends(found)


def _ends(proposal: Proposal) -> Told:
    return frozenset((move.vmid, move.target) for move in proposal.moves)


def _limited(problem: Problem, proposal: Proposal, told: Told) -> Problem:
    """What is broken elsewhere waits, and no more moves are wanted than bound guests need: planners look no further."""
    sources = frozenset(move.source for move in proposal.moves)
    bundles = (len(bundle.vmids) for bundle in problem.rules.bundles.values())
    limits = replace(problem.policy.limits, max_moves=max(bundles, default=1))
    elsewhere = (node.name for node in problem.cluster.nodes if node.name not in sources)
    waits = {f"{constraint.name} {node}": 0 for node in elsewhere for constraint in problem.constraints}
    return replace(
        problem,
        policy=replace(problem.policy, limits=limits),
        constraints=(Other(sources, told), *problem.constraints),
        waiting={**problem.waiting, **waits},
    )


def _next(problem: Problem, placement: Placement, proposal: Proposal) -> Proposal | None:
    """What the first planner says that has an answer as urgent as the proposal."""
    for name in problem.policy.planners:
        with _as_before(placement):
            found = next(iter(PLANNERS[name].propose(problem, placement)), None)
        said = purposeful(problem, placement, found) if found else None
        if said and _is_as_urgent(said, proposal):
            with _as_before(placement):
                return told_on(placement, problem, (said,))[0]
    return None


@contextmanager
def _as_before(placement: Placement) -> Iterator[None]:
    """Planners leave behind what they would do."""
    before = dict(placement.node_of)
    yield
    changed = [(vmid, node) for vmid, node in before.items() if placement.node_of[vmid] != node]
    placement.apply_all(Move(vmid, placement.node_of[vmid], node) for vmid, node in changed)
    placement.purpose = IMPROVEMENT


def _is_as_urgent(found: Proposal, proposal: Proposal) -> bool:
    return CATEGORIES.index(found.category) <= CATEGORIES.index(proposal.category)

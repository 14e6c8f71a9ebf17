# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""At most one move, from a node that is saturated or well above the others, by the midpoint rule (drs-model 6.11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from statistics import fmean

from ansible_collections.pve.drs.plugins.module_utils.core.loads import available_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import CONTENTION, IMPROVEMENT, Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.planner import Planner
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem

CPU, MEMORY = "cpu", "memory"
LOWEST_LIMIT, HIGHEST_LIMIT = 0.5, 0.9
DIGITS = 9

Shares = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Resource:
    """Cpu or memory: what it is of an amount, and the share of it that each node uses."""

    name: str
    of: Callable[[Resources], float]
    shares: Shares
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One reason to act: a resource, and from where on that is too much; both resources limit the target.

    `trigger` is the name by which runs count how often it was so.
    """

    resource: Resource
    both: tuple[Resource, Resource]
    threshold: float
    category: str
    trigger: str
    spares_busiest: bool = False

    @property
    def shares(self) -> Shares:
        return self.resource.shares

    @property
    def hot(self) -> list[str]:
        """Nodes above the threshold, the highest first."""
        above = (node for node, share in self.shares.items() if round(share, DIGITS) > round(self.threshold, DIGITS))
        return sorted(above, key=lambda node: (-self.shares[node], node))


@dataclass(frozen=True, slots=True)
class Favourable:
    """A move that helps: the share that leaves the source, what it leaves there, and the memory to send."""

    move: Move
    share: float
    left: float
    memory: float


def conservative(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    """The first move that the stages find, in their order; none while any migration is under way."""
    if problem.unsure or problem.cluster.migrations or not problem.policy.limits.max_moves:
        return
    for stage in stages(problem, placement):
        for source in stage.hot if stage.category in problem.policy.categories else ():
            if {stage.trigger, f"{stage.trigger} {source}"} & problem.waiting.keys():
                continue
            chosen = _chosen(problem, stage, _favourable(problem, placement, stage, source))
            if chosen:
                placement.apply(chosen.move)
                yield _proposal(stage, chosen)
                return


def stages(problem: Problem, placement: Placement) -> tuple[Stage, ...]:
    """Cpu as estimated, memory as it is at the moment; then memory well above the mean."""
    cpu, memory = _resource(problem, placement, CPU), _resource(problem, placement, MEMORY, now=True)
    proactive = proactive_threshold(problem.policy, memory.shares)
    both = (cpu, memory)
    return (
        Stage(
            resource=cpu,
            both=both,
            threshold=cpu.limit,
            category=CONTENTION,
            trigger="cpu_capacity",
            spares_busiest=True,
        ),
        Stage(resource=memory, both=both, threshold=memory.limit, category=CONTENTION, trigger="memory_capacity"),
        Stage(resource=memory, both=both, threshold=proactive, category=IMPROVEMENT, trigger="proactive"),
    )


def proactive_threshold(policy: Policy, shares: Shares) -> float:
    """So far above the mean that it is worth a move before anything is full: times a factor, or plus points."""
    mean = fmean(shares.values()) if shares else 0.0
    return mean + policy.proactive_points if policy.proactive_points else policy.proactive_factor * mean


def _resource(problem: Problem, placement: Placement, name: str, *, now: bool = False) -> Resource:
    """Shares of capacity by node; with `now` without the estimator."""
    of: Callable[[Resources], float] = attrgetter(name)
    shares = {}
    for node in available_nodes(problem):
        used = placement.used(node.name) + (node.surge if now else NOTHING)
        shares[node.name] = of(used) / of(node.capacity or used)
    limit = problem.policy.cpu_max if name == CPU else problem.policy.memory_max
    return Resource(name, of, shares, min(HIGHEST_LIMIT, max(LOWEST_LIMIT, limit)))


def _favourable(problem: Problem, placement: Placement, stage: Stage, source: str) -> Iterator[Favourable]:
    """One for each guest that may move: to the least used node that the midpoint rule allows."""
    for guest in _candidates(problem, placement, stage, source):
        targets = problem.targets(placement, guest.vmid) & stage.shares.keys()
        if stage.category == IMPROVEMENT:
            targets = problem.should_rules.kind(placement, (guest.vmid,), targets)
        for target in sorted(targets, key=lambda node: (round(stage.shares[node], DIGITS), node)):
            found = _helps(problem, stage, guest, source, target)
            if found:
                yield found
                break


def _candidates(problem: Problem, placement: Placement, stage: Stage, source: str) -> Iterator[Guest]:
    """Machines that no rule binds; of a node short of cpu not the one that uses most of it, which would only take the shortage along."""
    running = [placement.guest(vmid) for vmid in sorted(placement.guests_on(source))]
    running = [guest for guest in running if guest.is_active and guest.node == source]
    busiest = max((guest.peak.cpu for guest in running), default=0.0)
    first = next((guest.vmid for guest in running if guest.peak.cpu == busiest), None)
    for guest in running:
        is_spared = stage.spares_busiest and guest.vmid == first
        if guest.type == "qemu" and not is_spared and not _is_bound(problem, guest) and not guest.is_estimated:
            yield guest


def _is_bound(problem: Problem, guest: Guest) -> bool:
    return guest.vmid in problem.rules.bundles or guest.vmid in problem.rules.domains


def _helps(problem: Problem, stage: Stage, guest: Guest, source: str, target: str) -> Favourable | None:
    """Both limits hold on the target with a margin, and it ends no fuller than midway between the two."""
    nodes, need, resource = problem.cluster.node_by_name, guest.demand, stage.resource
    offered, sent = (nodes[name].capacity or need for name in (target, source))
    share = resource.of(need) / resource.of(sent)
    left, gained = stage.shares[source] - share, stage.shares[target] + resource.of(need) / resource.of(offered)
    midpoint = (stage.shares[source] + stage.shares[target]) / 2
    is_midway = round(gained, DIGITS) <= round(midpoint, DIGITS) and round(left, DIGITS) >= round(gained, DIGITS)
    margin = problem.policy.safety_margin
    has_room = all(
        round(r.shares[target] + r.of(need) / r.of(offered), DIGITS) <= round(r.limit - margin, DIGITS)
        for r in stage.both
    )
    if share <= 0.0 or not has_room or not is_midway:
        return None
    return Favourable(Move(guest.vmid, source, target), round(share, DIGITS), round(left, DIGITS), need.memory)


def _chosen(problem: Problem, stage: Stage, found: Iterator[Favourable]) -> Favourable | None:
    """Least memory to send of those that are enough; else the one that takes most away; at random where so wished."""
    options: Sequence[Favourable] = tuple(found)
    if not options:
        return None
    if problem.policy.selection_seed is not None:
        return min(options, key=lambda option: _lot(problem.policy.selection_seed, option))
    enough = [option for option in options if option.left <= round(stage.threshold, DIGITS)]
    if enough:
        return min(enough, key=lambda option: (option.memory, option.move.vmid))
    return min(options, key=lambda option: (-option.share, option.move.vmid))


def _lot(seed: int | None, option: Favourable) -> bytes:
    """Every guest draws one; the same seed draws the same lots."""
    return sha256(f"{seed} {option.move.vmid}".encode()).digest()


def _proposal(stage: Stage, chosen: Favourable) -> Proposal:
    move = chosen.move
    reason = (
        f"{move.source} uses {100 * stage.shares[move.source]:.1f} % of its {stage.resource.name}, above "
        f"{100 * stage.threshold:.1f} %: {100 * chosen.left:.1f} % without this guest"
    )
    return Proposal(moves=(move,), category=stage.category, reason=reason)


CONSERVATIVE = Planner(
    name="conservative", describes="one move by the midpoint rule", propose=conservative, is_repeated=False
)

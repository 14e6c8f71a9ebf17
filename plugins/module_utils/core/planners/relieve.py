# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Keep nodes from running short of cpu, as far as it can be foreseen, with little memory sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from ansible_collections.pve.drs.plugins.module_utils.core.cpu_demand import cpu_demands
from ansible_collections.pve.drs.plugins.module_utils.core.forecast.board import (
    GIB,
    MOVE_GIB,
    Board,
    Exchange,
    Item,
    board_of,
    total,
)
from ansible_collections.pve.drs.plugins.module_utils.core.forecast.learn import learned
from ansible_collections.pve.drs.plugins.module_utils.core.forecast.predict import outlooks
from ansible_collections.pve.drs.plugins.module_utils.core.loads import available_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.model.demand import NO_HABITS, Habit, Outlook
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import CONTENTION, Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.planner import Planner
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import (
    Unit,
    is_active,
    is_known,
    is_split,
    is_unmoved,
    memory_to_send,
    units_on,
)


def relieve(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    """At most `max_moves`, from the node that is most in danger first; each is worth more than it costs."""
    if problem.unsure or problem.cluster.migrations or CONTENTION not in problem.policy.categories:
        return
    board, left, settled = _board(problem, placement), problem.policy.limits.max_moves, set[str]()
    while left > 0 and (source := board.worst(settled)):
        exchange = _best(problem, placement, board, source, left)
        if exchange is None:
            settled.add(source)
            continue
        settled -= {exchange.source, exchange.target}
        before = {node: board.chance(node) for node in (exchange.source, exchange.target)}
        board.apply(exchange)
        for unit, target in exchange.journeys:
            moves = moves_to(placement, unit, target)
            placement.apply_all(moves)
            left -= len(moves)
            yield _proposal(board, moves, before)


def _best(problem: Problem, placement: Placement, board: Board, source: str, most: int) -> Exchange | None:
    """A single move if any is worth it, else two units that swap their nodes."""
    single = sorted(board.moves_from(source), key=lambda exchange: exchange.rank)
    found = next((exchange for exchange in single if _is_allowed(problem, placement, exchange, most)), None)
    if found:
        return found
    pairs = sorted(board.exchanges_of(source), key=lambda exchange: exchange.rank)
    return next((exchange for exchange in pairs if _is_allowed(problem, placement, exchange, most)), None)


def _is_allowed(problem: Problem, placement: Placement, exchange: Exchange, most: int) -> bool:
    """Each journey is judged after those before it have ended."""
    done: list[Move] = []
    is_allowed = True
    for unit, target in exchange.journeys:
        moves = moves_to(placement, unit, target)
        if not _may_go(problem, placement, unit, target, moves):
            is_allowed = False
            break
        placement.apply_all(moves)
        done.extend(moves)
    for move in reversed(done):
        placement.undo(move)
    return is_allowed and len(done) <= most


def _may_go(problem: Problem, placement: Placement, unit: Unit, target: str, moves: Sequence[Move]) -> bool:
    """No constraint is against it, and every should-rule is kept at least as well."""
    if not problem.should_rules.kind(placement, unit, frozenset({target})):
        return False
    if len(moves) == 1:
        return problem.refusal(placement, moves[0]) is None
    return problem.joint_refusal(placement, moves) is None


def _board(problem: Problem, placement: Placement) -> Board:
    """All running guests count; those that may move as one, that this plan has not moved and that are known, are items."""
    habits = _habits(problem)
    vcpus = {vmid: problem.cluster.guest_by_vmid[vmid].assigned.cpu for vmid in habits}
    expected = outlooks(habits, vcpus)
    cores = {node.name: node.capacity.cpu for node in available_nodes(problem) if node.capacity}
    carried = {node: total(expected[vmid] for vmid in _running(placement, node)) for node in cores}
    items = {node: list(_items(problem, placement, node, expected)) for node in cores}
    # The first sample of a guest tells nothing of how it varies.
    lessons = median(habit.samples for habit in habits.values()) - 1 if habits else 0
    return board_of(cores, items, carried, lessons)


def _habits(problem: Problem) -> dict[int, Habit]:
    """Of every guest that runs; those of which nothing was learned yet start with what they use now."""
    known, demands = problem.cluster.history.habits.guests, cpu_demands(problem.cluster)
    running = [guest.vmid for guest in problem.cluster.guests if guest.is_active]
    new = learned(NO_HABITS, {vmid: demands[vmid] for vmid in running if vmid not in known}, 0.0).guests
    return {vmid: known[vmid] if vmid in known else new[vmid] for vmid in running}


def _running(placement: Placement, node: str) -> list[int]:
    return [vmid for vmid in sorted(placement.guests_on(node)) if placement.guest(vmid).is_active]


def _items(problem: Problem, placement: Placement, node: str, expected: dict[int, Outlook]) -> Iterator[Item]:
    for unit in units_on(problem, placement, node):
        is_whole = is_unmoved(placement, unit) and not is_split(placement, unit)
        if is_whole and is_active(placement, unit) and is_known(problem, placement, unit):
            outlook = total(expected[vmid] for vmid in unit if vmid in expected)
            yield Item(unit, outlook, memory_to_send(placement, unit, "") / GIB + MOVE_GIB * len(unit))


def _proposal(board: Board, moves: tuple[Move, ...], before: dict[str, float]) -> Proposal:
    chances = {node: (chance, board.chance(node)) for node, chance in before.items()}
    changes = (f"{node} {100 * old:.1f} % -> {100 * new:.1f} %" for node, (old, new) in chances.items())
    gain = max(0.0, *(old - new for old, new in chances.values()))
    return Proposal(
        moves=moves,
        category=CONTENTION,
        reason=f"keeps nodes from running short of cpu; chance of it: {', '.join(changes)}",
        gain=gain,
    )


RELIEVE = Planner(name="relieve", describes="keeps nodes from running short of cpu", propose=relieve, is_repeated=False)

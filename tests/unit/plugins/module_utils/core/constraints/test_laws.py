# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Laws of every constraint in the catalog."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import CONSTRAINTS, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.constraint import Constraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING
from ansible_collections.pve.drs.plugins.module_utils.core.placement import MIGRATION_CPU, Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.tests.builders import a_cluster
from ansible_collections.pve.drs.tests.strategies import clusters, policies

NAMES = [constraint.name for constraint in make_problem(Cluster(), Policy()).constraints]


@st.composite
def situations(draw: st.DrawFn) -> tuple[Problem, Placement]:
    """A placement some moves away from the start, of which the last may be under way."""
    cluster = draw(clusters(least_nodes=2))
    problem = make_problem(cluster, draw(policies()))
    placement = problem.placement()
    movable = [guest for guest in cluster.guests if guest.node in cluster.node_by_name]
    for guest in (
        draw(st.lists(st.sampled_from(movable), max_size=4, unique_by=lambda guest: guest.vmid)) if movable else ()
    ):
        target = draw(st.sampled_from(sorted(placement.other_nodes(guest.vmid))))
        act = draw(st.sampled_from((placement.apply, placement.start)))
        act(Move(guest.vmid, guest.node, target))
    return problem, placement


def moves_of(placement: Placement) -> list[Move]:
    """Every move that could be asked for now; a guest under way is not asked about again."""
    under_way = placement.arriving.keys() | {migration.vmid for migration in placement.cluster.migrations}
    guests = [guest.vmid for guest in placement.cluster.guests if guest.vmid not in under_way]
    return [
        Move(vmid, placement.node_of[vmid], target) for vmid in guests for target in sorted(placement.other_nodes(vmid))
    ]


def test_names_are_unique():
    assert len(set(NAMES)) == len(NAMES) == len(CONSTRAINTS)


@given(situations())
def test_both_forms_of_the_answer_agree(situation):
    problem, placement = situation
    for constraint, guest in product((*problem.constraints, problem), problem.cluster.guests):
        targets = constraint.targets
        others, source = placement.other_nodes(guest.vmid), placement.node_of[guest.vmid]
        refused = {node for node in others if constraint.refusal(placement, Move(guest.vmid, source, node))}
        if constraint is problem:
            assert targets(placement, guest.vmid) == others - refused
        else:
            some = frozenset(sorted(others)[::2])
            assert (constraint.name, targets(placement, guest.vmid, others)) == (constraint.name, others - refused)
            assert (constraint.name, targets(placement, guest.vmid, some)) == (constraint.name, some - refused)


@given(situations())
def test_an_accepted_move_breaks_nothing(situation):
    problem, placement = situation
    for constraint, move in product(problem.constraints, moves_of(placement)):
        if constraint.refusal(placement, move) or (
            constraint.name == "together" and _follows(problem, placement, move)
        ):
            continue
        before = _excess(constraint, placement)
        placement.apply(move)
        after = _excess(constraint, placement)
        placement.undo(move)
        worse = {node for node, excess in after.items() if excess > before.get(node, 0.0) + 1e-9}
        assert (constraint.name, str(move), worse) == (constraint.name, str(move), set())


def _follows(problem: Problem, placement: Placement, move: Move) -> bool:
    """It goes where one of its bundle is under way to: until that one has arrived, too, they are apart."""
    under_way = placement.arriving.keys() | {migration.vmid for migration in placement.cluster.migrations}
    return not under_way.isdisjoint(problem.unit_of(move.vmid))


def _excess(constraint: Constraint, placement: Placement) -> dict[str, float]:
    names = placement.cluster.node_by_name
    return {found.node: found.excess for node in names for found in constraint.violations(placement, node)}


@given(situations())
def test_every_refusal_has_a_reason(situation):
    problem, placement = situation
    for constraint, move in product(problem.constraints, moves_of(placement)):
        reason = constraint.refusal(placement, move)
        assert reason is None or reason.strip(), constraint.name


@given(situations())
def test_every_violation_names_its_constraint_and_node(situation):
    problem, placement = situation
    for constraint, node in product(problem.constraints, problem.cluster.node_by_name):
        for violation in constraint.violations(placement, node):
            assert (violation.constraint, violation.node) == (constraint.name, node)
            assert violation.reason.startswith(node)
            assert violation.excess > 0


@pytest.mark.parametrize("index", range(len(CONSTRAINTS)), ids=NAMES)
@given(nodes=st.integers(2, 5), homes=st.lists(st.integers(0, 4), max_size=8))
@settings(max_examples=20)
def test_a_plain_guest_is_refused_by_none(index, nodes, homes):
    """Guests without any rule, of ordinary size, between nodes with plenty of room."""
    names = [f"n{number}" for number in range(nodes)]
    guests = [f"{101 + number} {names[home % nodes]} 1c/1G" for number, home in enumerate(homes)]
    problem = make_problem(a_cluster(dict.fromkeys(names, "64c/512G"), guests), Policy())
    placement = problem.placement()
    answers = [problem.constraints[index].refusal(placement, move) for move in moves_of(placement)]
    assert not any(answers)


@given(situations())
def test_undo_restores_the_placement(situation):
    _problem, placement = situation
    before = _state(placement)
    moves = moves_of(placement)
    for move in moves:
        placement.apply(move)
        placement.undo(move)
    assert _state(placement) == before


@given(situations())
def test_start_and_finish_are_one_move(situation):
    _problem, placement = situation
    for move in moves_of(placement):
        applied = _state_after(placement, move, placement.apply)
        placement.undo(move)
        assert _state_after(placement, move, placement.start, placement.finish) == applied
        placement.undo(move)


def _state_after(placement, move, *acts):
    for act in acts:
        act(move)
    return _state(placement)


def _state(placement: Placement):
    """Everything that a placement answers; sums of cpu to a billionth of a core."""
    nodes = sorted(placement.node_names)
    used = {node: placement.used(node) for node in nodes}
    return (
        dict(placement.node_of),
        {node: placement.guests_on(node) for node in nodes},
        {node: (round(used[node].cpu, 9) + 0.0, used[node].memory) for node in nodes},
    )


@given(situations())
def test_running_sums_equal_a_count_from_the_start(situation):
    problem, placement = situation
    fresh = problem.placement()
    for vmid, target in placement.arriving.items():
        fresh.start(Move(vmid, fresh.node_of[vmid], target))
    for vmid, node in placement.node_of.items():
        if node != fresh.node_of[vmid]:
            fresh.apply(Move(vmid, fresh.node_of[vmid], node))
    assert _state(fresh) == _state(placement)


@given(situations())
def test_a_guest_under_way_counts_on_both_ends(situation):
    _problem, placement = situation
    for move in moves_of(placement):
        guest = placement.guest(move.vmid)
        demand, stream = (guest.demand, MIGRATION_CPU) if guest.is_active else (NOTHING, NOTHING)
        source, target = placement._used[move.source], placement._used[move.target]
        placement.start(move)
        assert placement._used[move.source] == source + stream
        assert placement._used[move.target] == target + demand + stream
        assert move.vmid in placement.guests_on(move.source) & placement.guests_on(move.target)
        placement.finish(move)
        placement.undo(move)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that move as one: a bundle, or most often a single guest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem

Unit = tuple[int, ...]


def units_on(problem: Problem, placement: Placement, node: str) -> Iterator[Unit]:
    """Every unit of which some are on the node, once; a guest that is only arriving there is not."""
    seen: set[int] = set()
    for vmid in sorted(placement.guests_on(node)):
        if vmid not in seen and placement.node_of[vmid] == node:
            unit = problem.unit_of(vmid)
            seen.update(unit)
            yield unit


def is_split(placement: Placement, unit: Unit) -> bool:
    """Its guests are on more than one node."""
    return len(unit) > 1 and len({placement.node_of[vmid] for vmid in unit}) > 1


def is_unmoved(placement: Placement, unit: Unit) -> bool:
    """All of its guests are where the present round of planners found them."""
    return all(placement.node_of[vmid] == placement.begun_at[vmid] for vmid in unit)


def movable(problem: Problem, placement: Placement, node: str) -> Iterator[Unit]:
    """Those that run, with figures of their own, that the plan has not moved yet; not a bundle that is apart."""
    for unit in units_on(problem, placement, node):
        is_whole = is_unmoved(placement, unit) and not is_split(placement, unit)
        if is_whole and is_active(placement, unit) and is_known(problem, placement, unit):
            yield unit


def is_active(placement: Placement, unit: Unit) -> bool:
    """Some of its guests run."""
    return any(placement.guest(vmid).is_active for vmid in unit)


def is_known(problem: Problem, placement: Placement, unit: Unit) -> bool:
    """What its running guests add to the load is no guess."""
    return not any(problem.gauge.is_guess(vmid) for vmid in unit if placement.guest(vmid).is_active)


def memory_to_send(placement: Placement, unit: Unit, node: str) -> float:
    """Bytes, when the unit goes to the node."""
    return fsum(placement.guest(vmid).demand.memory for vmid in unit if placement.node_of[vmid] != node)


def load_with(problem: Problem, placement: Placement, unit: Unit, node: str) -> float:
    """Load of the node, were the whole unit on it."""
    others = unit if len(unit) == 1 else tuple([vmid for vmid in unit if placement.node_of[vmid] != node])
    return problem.gauge.load(placement, node, (), others)


def load_without(problem: Problem, placement: Placement, unit: Unit, node: str) -> float:
    """Load of the node, had the whole unit left it."""
    here = unit if len(unit) == 1 else tuple([vmid for vmid in unit if placement.node_of[vmid] == node])
    return problem.gauge.load(placement, node, here)


@contextmanager
def moved(placement: Placement, moves: Sequence[Move]) -> Iterator[None]:
    """Try moves: they are undone in the end."""
    placement.apply_all(moves)
    yield
    for move in reversed(moves):
        placement.undo(move)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How a cluster stands under a policy."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.constraint import Ceiling
from ansible_collections.pve.drs.plugins.module_utils.core.loads import gauged_nodes, load_of, loads, readings
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Assessment, NodeLoad, Trigger, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import Reading


def assess(problem: Problem, placement: Placement) -> Assessment:
    """Loads (fractions), imbalance by every metric, what is broken, and why we would act (drs-model 4.1, 6.2)."""
    now = loads(problem, placement)
    values = tuple(now.values())
    violations = tuple(v for node in problem.cluster.nodes for v in problem.violations(placement, node.name))
    read = tuple(readings(problem, placement, now))
    return Assessment(
        method=problem.method.name,
        loads=tuple(_node_load(problem, placement, node) for node in gauged_nodes(problem)),
        imbalance={metric.name: metric.value(values) for metric in problem.metrics},
        triggers=(*_triggers(read, violations), *problem.should_rules.triggers(placement)),
        violations=violations,
        quiet=(
            *_ceilings(problem, placement, violations),
            *(Trigger(name=name, reason=reading.text) for name, reading in read if not reading.fires),
        ),
    )


def _node_load(problem: Problem, placement: Placement, node: Node) -> NodeLoad:
    used = placement.used(node.name)
    capacity = node.capacity or used
    return NodeLoad(
        node=node.name,
        load=load_of(problem, placement, node.name),
        cpu=used.cpu / capacity.cpu,
        memory=used.memory / capacity.memory,
        guests=placement.active_guests_on(node.name),
    )


def _triggers(read: tuple[tuple[str, Reading], ...], violations: tuple[Violation, ...]) -> Iterator[Trigger]:
    yield from (Trigger(name=v.constraint, reason=v.reason, node=v.node) for v in violations)
    yield from (Trigger(name=name, reason=reading.text) for name, reading in read if reading.fires)


def _ceilings(problem: Problem, placement: Placement, violations: tuple[Violation, ...]) -> Iterator[Trigger]:
    """Those that no node exceeds."""
    exceeded = {violation.constraint for violation in violations}
    for constraint in problem.constraints:
        if isinstance(constraint, Ceiling) and constraint.name not in exceeded:
            nearest = constraint.nearest(placement)
            if nearest is not None:
                yield Trigger(name=constraint.name, reason=nearest)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""No plan breaks a must rule or a guard at any instant; and whatever a constraint is there for, the judge would notice."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from ansible_collections.pve.drs.plugins.module_utils.core import catalog
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.tests.strategies import small_clusters, small_policies
from ansible_collections.pve.drs.tests.unit.judge import complaints

FEW_EXAMPLES = 10
CASES = 200 if settings.default.max_examples <= FEW_EXAMPLES else 2000
QUIET = settings(
    max_examples=CASES,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@settings(QUIET, phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink))
@given(small_clusters(), small_policies())
def test_no_plan_breaks_a_rule_or_a_guard_at_any_instant(cluster, policy):
    assert complaints(cluster, policy, make_plan(cluster, policy)) == []


@dataclass(frozen=True)
class Permissive:
    """Tells of violations as the constraint does, and allows every move."""

    broken: object
    name: str

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return self.broken.violations(placement, node)

    def refusal(self, _placement: Placement, _move: Move) -> str | None:
        return None

    def targets(self, _placement: Placement, _vmid: int, among: frozenset[str]) -> frozenset[str]:
        return among


# Which check notices that a constraint allows everything.
NOTICED_BY = {
    "separate": "guests_apart_never_meet",
    "allowed_nodes": "guests_go_where_they_may",
    "together": "bundles_move_as_one",
    "memory_capacity": "memory_guard",
    "cpu_capacity": "cpu_guard",
    "max_guests": "count_guard",
    "pinned": "held_guests_stay",
    "ignored": "held_guests_stay",
    "guest_state": "held_guests_stay",
    "container_restart": "held_guests_stay",
    "node_available": "closed_nodes_gain_nothing",
    "excluded_nodes": "closed_nodes_gain_nothing",
    "precondition": "preconditions_hold",
    "guest_size": "guests_fit_their_node",
}


@pytest.mark.parametrize(("broken", "check"), NOTICED_BY.items(), ids=NOTICED_BY)
def test_a_constraint_that_allows_everything_is_noticed(broken, check, monkeypatch):
    def permissive(build):
        def built(known: Given):
            constraint = build(known)
            return Permissive(constraint, broken) if constraint.name == broken else constraint

        return built

    monkeypatch.setattr(catalog, "CONSTRAINTS", tuple(permissive(build) for build in catalog.CONSTRAINTS))
    if broken == "together":  # planners know of bundles themselves; the constraint is there for those that do not
        monkeypatch.setattr(Problem, "unit_of", lambda _problem, vmid: (vmid,))

    def is_noticed(case) -> bool:
        cluster, policy = case
        return any(text.startswith(check) for text in complaints(cluster, policy, make_plan(cluster, policy)))

    try:
        find(st.tuples(small_clusters(), small_policies()), is_noticed, settings=QUIET)
    except NoSuchExample:
        pytest.fail(f"{CASES} plans without {broken}, and {check} has nothing to say")

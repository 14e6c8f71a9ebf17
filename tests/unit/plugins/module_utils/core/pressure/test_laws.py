# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Laws of plans that relieve pressure, whatever was recorded."""

from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.loads import gauged_nodes, load_of
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, ObjectHistory, PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.tests.histories import NOW, PRESSURES
from ansible_collections.pve.drs.tests.strategies import clusters, policies
from ansible_collections.pve.drs.tests.unit.judge import complaints

PERCENTS = st.sampled_from((0.0, 0.5, 3.0, 10.0, 25.0, 40.0, 90.0))


def constant(percent):
    return Series(tuple((NOW - 60.0 * ago, percent) for ago in range(59, -1, -1)))


@st.composite
def pressed_clusters(draw, *, plain):
    """Clusters whose nodes and guests wait, now and then."""
    cluster = draw(clusters(plain=plain, least_nodes=2))
    names = [node.name for node in cluster.nodes]
    past = {name: draw(_histories()) for name in names}
    moves = [
        PastMove(
            ended=NOW - draw(st.sampled_from((100.0, 900.0))), vmid=1, source=draw(st.sampled_from(names)), target="-"
        )
        for _unused in range(draw(st.integers(0, 1)))
    ]
    guests = tuple(replace(guest, pressure=draw(_pressures())) for guest in cluster.guests)
    return replace(cluster, guests=guests, history=History(now=NOW, nodes=past, moves=tuple(moves)))


def _histories():
    series = st.fixed_dictionaries({name: PERCENTS.map(constant) for name in PRESSURES})
    return st.builds(lambda found: ObjectHistory(pressure=found, pressure_peaks=found), series)


def _pressures():
    known = st.fixed_dictionaries(dict.fromkeys(("cpu_some", "cpu_full", "io_some", "io_full"), PERCENTS))
    return st.one_of(st.none(), known)


def psi_policies():
    return st.builds(lambda policy: replace(policy, method="psi"), policies())


@given(pressed_clusters(plain=False), psi_policies())
def test_the_judge_has_nothing_to_say(cluster, policy):
    assert complaints(cluster, policy, make_plan(cluster, policy)) == []


@given(pressed_clusters(plain=True), psi_policies())
def test_the_judge_has_nothing_to_say_of_plain_clusters(cluster, policy):
    assert complaints(cluster, policy, make_plan(cluster, policy)) == []


@given(pressed_clusters(plain=True))
def test_pressure_that_no_limit_minds_moves_nothing(cluster):
    policy = Policy(method="psi", pressure_limits={}, memory_max=999.0, cpu_max=999.0)
    assert make_plan(cluster, policy).moves == ()


@given(pressed_clusters(plain=False), psi_policies())
def test_no_guest_relieves_a_node_or_takes_it_beyond_its_span(cluster, policy):
    problem = make_problem(cluster, policy)
    placement = problem.placement()
    for node, guest in product(gauged_nodes(problem), cluster.guests):
        now, at_most = problem.gauge.span(placement, node.name)
        assert now - 1e-9 <= load_of(problem, placement, node.name, arriving=guest) <= at_most + 1e-9

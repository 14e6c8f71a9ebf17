# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What the processors of nodes can do (drs-model 2.2)."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.adjust import adjusted
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.loads import load_of, loads
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import NodeDetails
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.processors import node_speeds, thread_shares
from ansible_collections.pve.drs.plugins.module_utils.core.score.score import score
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest, a_node

GUEST = a_guest(101, "a", "2c/10G", size="16c/10G")
HALF = Policy(method="cpu", smt_share=0.3)


def with_details(cluster, **details):
    """Named after nodes; the others have none."""
    nodes = (replace(node, details=NodeDetails(**details.get(node.name, {}))) for node in cluster.nodes)
    return replace(cluster, nodes=tuple(nodes))


def clocked(**mhz):
    cluster = a_cluster(dict.fromkeys(mhz, "16c/64G"), [GUEST])
    return with_details(cluster, **{name: {"mhz": rate} for name, rate in mhz.items()})


def threaded(guests=(GUEST,), *, cores=8):
    """Sixteen threads each; a has eight cores, b has sixteen."""
    cluster = a_cluster({"a": "16c/64G", "b": "16c/64G"}, guests)
    return with_details(cluster, a={"cores": cores}, b={"cores": 16})


def test_by_default_the_processors_do_not_matter():
    assert (node_speeds(clocked(a=1.0, b=2.0), Policy()), thread_shares(threaded(), Policy())) == ({}, {})


def test_a_speed_is_the_clock_rate_by_the_median():
    speeds = node_speeds(clocked(a=2400.0, b=3000.0, c=2400.0), Policy(speed_by_clock=True))
    assert speeds == {"a": 1.0, "b": 1.25, "c": 1.0}


def test_a_guest_needs_fewer_cores_of_a_faster_node():
    """Example 2.6 of drs-model: 2.0 cores on 2.4 GHz are 1.6 cores on 3.0 GHz."""
    problem = make_problem(clocked(a=2400.0, b=3000.0), Policy(method="cpu", speed_by_clock=True))
    placement = problem.placement()
    assert loads(problem, placement) == pytest.approx({"a": 2.0 / 16, "b": 0.0})
    assert load_of(problem, placement, "b", arriving=GUEST) == pytest.approx(1.6 / 16)


@pytest.mark.parametrize("details", [{}, {"mhz": 0.0}], ids=["not told", "zero"])
def test_a_node_without_a_clock_rate_stops_the_run(details):
    cluster = with_details(clocked(a=2400.0, b=3000.0), a={"mhz": 2400.0}, b=details)
    with pytest.raises(NoMeasurement, match="speed_by_clock: no clock rate from node b"):
        adjusted(cluster, Policy(speed_by_clock=True))


def test_a_node_that_did_not_answer_stops_the_run_and_one_that_is_down_does_not():
    down = a_node("c", None, usage=None, status="offline")
    nodes = tuple(replace(node, details=None) if node.name == "b" else node for node in clocked(a=1.0, b=1.0).nodes)
    with pytest.raises(NoMeasurement, match="clock rate from node b;"):
        node_speeds(a_cluster({node.name: node for node in (*nodes, down)}), Policy(speed_by_clock=True))
    with pytest.raises(NoMeasurement, match="smt_percent: no number of cores from node b;"):
        thread_shares(with_details(threaded(), a={"cores": 8}), HALF)
    known = {node.name: node for node in (*clocked(a=1.0, b=1.0).nodes, down)}
    assert node_speeds(a_cluster(known), Policy(speed_by_clock=True)) == {"a": 1.0, "b": 1.0}


def test_an_unknown_node_is_refused_first():
    with pytest.raises(BadPolicy, match="cpu_speeds names c"):
        node_speeds(clocked(a=1.0), Policy(cpu_speeds={"c": 1.0}))


def test_a_second_thread_counts_less():
    """8 + 0.3 * 8 of 16; a node whose cores have one thread each keeps them all."""
    nodes = adjusted(threaded(), HALF).node_by_name
    assert [nodes[name].capacity.cpu for name in "ab"] == pytest.approx([10.4, 16.0])
    assert [nodes[name].threads for name in "ab"] == pytest.approx([16.0, 16.0])
    assert [nodes[name].usage.cpu for name in "ab"] == [2.0, 0.0]


def test_more_cores_than_threads_are_no_more_than_threads():
    assert thread_shares(threaded(cores=32), HALF) == {"a": 1.0, "b": 1.0}


def test_the_load_is_by_all_threads_and_a_guest_may_have_as_many_vcpus():
    problem = make_problem(threaded([replace(GUEST, node="b")]), HALF)
    placement = problem.placement()
    assert load_of(problem, placement, "a", arriving=GUEST) == pytest.approx(2 / 16)
    assert problem.refusal(placement, Move(101, "b", "a")) is None


@pytest.mark.parametrize(("share", "refused"), [(0.3, "cpu_capacity"), (1.0, None)], ids=["counts less", "counts"])
def test_cpu_max_is_of_what_counts(share, refused):
    """9 busy cores and one for the migration are more than 90 % of 10.4."""
    guests = [a_guest(101, "b", "1c/1G"), a_guest(102, "a", "8c/1G")]
    problem = make_problem(threaded(guests), replace(HALF, smt_share=share))
    found = problem.refusal(problem.placement(), Move(101, "b", "a"))
    assert (found.constraint if found else None) == refused


def test_guests_wait_on_a_node_whose_cores_are_busy():
    """8.84 cores wanted of 10.4 are 85 %: drs-model 4.4."""
    cluster = threaded([a_guest(101, "a", "8.84c/1G", size="16c/1G")])
    problem = make_problem(cluster, HALF)
    assert score(problem, problem.placement()).guests[101].cpu == pytest.approx(0.925)

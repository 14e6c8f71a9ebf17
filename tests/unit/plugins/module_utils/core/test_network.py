# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""How busy links are: by hand, and what must hold for every cluster (drs-model 2.8)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.network import build
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, ObjectHistory, PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import series_of
from ansible_collections.pve.drs.plugins.module_utils.core.network import network_reading, network_warned
from ansible_collections.pve.drs.plugins.module_utils.core.score.score import score
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.strategies import clusters

NOW = 1_800_000_000.0
LINK = 100.0
POLICY = Policy(node_link_bytes=LINK)


def past(*rates):
    """One rate a minute, the newest last."""
    times = (NOW - 60.0 * back for back in reversed(range(len(rates))))
    return ObjectHistory(network=series_of(zip(times, rates, strict=True)))


def a_pair(a=(0.0,) * 5, b=(0.0,) * 5, *, guests=(), own=None, moves=()):
    """Nodes a and b with rates of theirs; `own` has rates of guests whose history was asked for."""
    nodes = {"a": past(*a), "b": past(*b)}
    own_past = {vmid: past(*rates) for vmid, rates in (own or {}).items()}
    history = History(now=NOW, nodes=nodes, guests=own_past, moves=tuple(moves))
    return a_cluster({"a": "8c/100G", "b": "8c/100G"}, guests, history=history)


def refusal(cluster, move, policy=POLICY):
    problem = make_problem(cluster, policy)
    constraint = next(found for found in problem.constraints if found.name == "network")
    return constraint.refusal(problem.placement(), move)


def test_without_a_speed_nothing_is_known():
    assert network_reading(a_pair((90.0,) * 5), Policy()) is None


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ((0.0,) * 5 + (20.0, 20.0, 20.0, 20.0, 20.0, 80.0), 30.0),
        ((20.0, 20.0, 20.0, 20.0, 80.0, None), 32.0),
        ((20.0, None, None, 80.0, 50.0), 50.0),
        ((20.0, 80.0, None, None), 80.0),
        ((20.0, None, None, None, None), None),
        ((), None),
    ],
    ids=["six within five minutes", "one is missing", "gaps", "late", "stale", "nothing"],
)
def test_the_last_five_minutes_count(rates, expected):
    reading = network_reading(a_pair(b=rates), POLICY)
    assert reading.nodes.get("b") == expected
    assert reading.capacity.get("b") == (None if expected is None else LINK)


def test_a_node_may_have_a_link_of_its_own():
    assert network_reading(a_pair(), Policy(node_link_bytes=1.0, node_links={"b": 2.0})).capacity == {
        "a": 1.0,
        "b": 2.0,
    }
    assert network_reading(a_pair(), Policy(node_links={"b": 2.0})).capacity == {"b": 2.0}


def test_a_misspelt_node_is_refused():
    with pytest.raises(BadPolicy, match="link_gbit_by_node names bb, but there are only a, b"):
        network_reading(a_pair(), Policy(node_links={"bb": 2.0}))


def test_a_guest_has_the_rate_of_the_last_minutes_or_that_since_its_start():
    guests = [
        a_guest(101, network_rate=7.0),
        a_guest(102, network_rate=7.0),
        a_guest(103),
        a_guest(104, status="stopped"),
    ]
    reading = network_reading(a_pair(guests=guests, own={102: (5.0,) * 5, 103: ()}), POLICY)
    assert reading.guests == {101: 7.0, 102: 5.0, 103: 0.0, 104: 0.0}
    assert reading.guessed == {103}


@pytest.mark.parametrize(
    ("seconds_ago", "expected"),
    [(400.0, {"a": 50.0, "b": 10.0}), (70.0, {"a": 34.0, "b": 26.0}), (0.0, {"a": 30.0, "b": 30.0})],
    ids=["before that time", "in between", "now"],
)
def test_guests_that_moved_count_as_if_they_had_always_been_there(seconds_ago, expected):
    """Its 20 are in the figures of a, and not in those of b, until it moved; samples that are half from before count as before."""
    moves = [
        PastMove(ended=NOW - seconds_ago, vmid=101, source="a", target="b"),
        PastMove(ended=NOW, vmid=9, source="a", target="b"),
    ]
    guests = [a_guest(101, "b", network_rate=20.0), a_guest(102, "b", network_rate=20.0)]
    reading = network_reading(a_pair((50.0,) * 5, (10.0,) * 5, guests=guests, moves=moves), POLICY)
    assert reading.nodes == pytest.approx(expected)


def test_what_left_takes_no_more_than_there_was():
    moves = [PastMove(ended=NOW, vmid=101, source="a", target="b")]
    cluster = a_pair((5.0,) * 5, guests=[a_guest(101, "b", network_rate=20.0)], moves=moves)
    assert network_reading(cluster, POLICY).nodes["a"] == 0.0


@pytest.mark.parametrize(
    ("used", "rate", "words"),
    [
        (79.9, 0.1, None),
        (80.0, 0.0, "b uses 80 % of its network link"),
        (70.0, 10.0, None),
        (70.0, 11.0, "b would use 81 % of its network link, above the 80 % allowed"),
        (10.0, None, "how much it sends and receives is not known"),
    ],
)
def test_a_guest_goes_where_its_traffic_has_room(used, rate, words):
    cluster = a_pair(b=(used,) * 5, guests=[a_guest(101, network_rate=rate)])
    found = refusal(cluster, Move(101, "a", "b"))
    assert words in found if words else found is None


def test_a_stopped_guest_takes_nothing_of_a_link():
    cluster = a_pair(b=(95.0,) * 5, guests=[a_guest(101, status="stopped")])
    assert refusal(cluster, Move(101, "a", "b")) is None


def test_a_node_that_does_not_tell_takes_guests_and_is_named():
    cluster = a_pair(b=(), guests=[a_guest(101, network_rate=90.0)])
    assert refusal(cluster, Move(101, "a", "b")) is None
    assert make_problem(cluster, POLICY).cluster.warnings == (
        "no recent network rate of node b: how busy its link is does not count",
    )
    assert network_warned(cluster, Policy(node_links={"a": LINK})) is cluster


@pytest.mark.parametrize(("used", "expected"), [(70.0, 1.0), (80.0, 0.75), (100.0, 0.5 / 1.1)], ids=str)
def test_the_score_knows_a_busy_link(used, expected):
    """Another 10 come along with 102."""
    guests = [a_guest(101, "b", network_rate=1.0), a_guest(102, network_rate=10.0)]
    cluster = a_pair(b=(used,) * 5, guests=guests)
    problem = make_problem(cluster, POLICY)
    placement = problem.placement()
    placement.apply(Move(102, "a", "b"))
    found = score(problem, placement).guests[101]
    assert found.network == pytest.approx(expected)
    assert "network" not in found.unknown


@given(clusters(least_nodes=2), st.data())
def test_both_forms_of_the_answer_agree(cluster, data):
    rates = st.sampled_from((0.0, 30.0, 79.0, 80.0, 95.0))
    nodes = {node.name: past(*[data.draw(rates)] * 5) for node in cluster.nodes if data.draw(st.integers(0, 4))}
    drawn = [data.draw(st.sampled_from((None, 0.0, 1.0, 20.0))) for _guest in cluster.guests]
    guests = tuple(replace(guest, network_rate=rate) for guest, rate in zip(cluster.guests, drawn, strict=True))
    cluster = replace(cluster, guests=guests, history=History(now=NOW, nodes=nodes))
    problem = make_problem(cluster, POLICY)
    constraint, placement = build(Given(problem.cluster, POLICY, problem.rules)), problem.placement()
    for guest in cluster.guests:
        others, source = placement.other_nodes(guest.vmid), guest.node
        refused = {node for node in others if constraint.refusal(placement, Move(guest.vmid, source, node))}
        assert constraint.targets(placement, guest.vmid, others) == others - refused
        for node in others - refused if guest.is_active else ():
            placement.start(Move(guest.vmid, source, node))
            assert not problem.network or node not in nodes or placement.amount("network", node) <= 80.0 + 1e-9
            placement.finish(Move(guest.vmid, source, node))
            placement.undo(Move(guest.vmid, source, node))

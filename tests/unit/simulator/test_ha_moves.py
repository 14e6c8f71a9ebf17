# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests under HA have arrived when the HA manager leaves them there; where it does not, the outcome says why."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, FAILED, RUNNING
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.ha_cause import UNKNOWN, causes, likely_cause
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher
from ansible_collections.pve.drs.tests import ha_rules
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.ha_data import HaRule

HA = uneven(guest={"ha": "started"})
LEFT_ALONE_SECONDS = 10.0


class Moments(Watcher):
    """When each guest has its result."""

    def __init__(self):
        self.ends_at = {}

    def ends(self, moved, now):
        self.ends_at[moved.planned.move.vmid] = now


def played(found, *events, stop=None, **options):
    """What happens when, in seconds after the start of the execution."""
    plan = found.decide()
    found.clock.due = [
        (seconds + found.clock.now() - found.clock.began, lambda event=event: found.sim.call(event))
        for seconds, event in events
    ]
    moments = Moments()
    stop = stop or Stop(found.clock)
    given = ExecuteOptions(**({"retries": 0} | options))
    outcome = execute(plan, found.api, found.clock, stop, given, watchers=[moments])
    return outcome.moves, moments


def arrival():
    """When the first guest is settled on its target if nothing goes wrong, in seconds after the start."""
    with scene(HA) as found:
        began = found.clock.now()
        first = played(found)[0][0]
    return first.began + first.seconds - began


def belongs_on(found, node):
    rule = HaRule(name="home", type="node-affinity", sids=frozenset({"vm:101"}), nodes={node: 1}, strict=True)
    return lambda: found.world.ha.use_rules([rule])


def test_a_guest_has_arrived_after_two_more_rounds_of_the_manager():
    with scene(HA) as found:
        moves, moments = played(found)
    assert [move.status for move in moves] == [DONE, DONE]
    for move in moves:
        waited = moments.ends_at[move.planned.move.vmid] - (move.began + move.seconds)
        assert LEFT_ALONE_SECONDS < waited < 3 * LEFT_ALONE_SECONDS, "these seconds are none of the migration's"


def test_a_move_that_the_manager_undoes_has_failed_and_names_the_rule():
    with scene(HA) as found:
        moves, _unused = played(found, (arrival() + 1, belongs_on(found, "a")))
        assert found.node_of(101) == "a"
    assert [move.status for move in moves] == [FAILED, DONE]
    assert moves[0].node == "a"
    assert moves[0].reason == (
        "it had arrived on b, but the HA manager has moved it on to a; HA rule home does not allow it on b"
    )


def test_a_request_that_had_no_effect_has_failed_and_names_the_maintenance():
    """PVE answers 200, and the manager drops what would go to a node in maintenance."""

    def too_late():
        found.world.ha.queue.remove(("migrate", "vm:101", "b"))
        found.world.ha.request_maintenance("b", on=True)

    with scene(HA) as found:
        moves, _unused = played(found, (2, too_late))
    assert (moves[0].status, moves[0].node) == (FAILED, "a")
    assert moves[0].reason.endswith(
        "did not move it within 60 s of the request; b is in maintenance for the HA manager"
    )
    assert moves[1].status == DONE


def test_the_manager_may_choose_another_node_and_the_outcome_says_which():
    def otherwise():
        queue = found.world.ha.queue
        queue[queue.index(("migrate", "vm:101", "b"))] = ("migrate", "vm:101", "c")

    with scene(HA) as found:
        moves, _unused = played(found, (2, otherwise))
        assert found.node_of(101) == "c"
    assert (moves[0].status, moves[0].node) == (FAILED, "c")
    assert moves[0].reason == f"the HA manager brought it to c instead; {UNKNOWN}; it is on c now"


def test_whoever_has_to_stop_before_the_rounds_are_over_says_so():
    with scene(HA) as found:
        stop = Stop(found.clock)
        moves, _unused = played(found, (arrival() + 1, lambda: stop.request("SIGTERM")), stop=stop, grace_seconds=2)
    assert moves[0].status == DONE
    assert "whether the HA manager leaves it there was not awaited" in moves[0].warnings[0]


def test_a_manager_that_does_no_rounds_is_waited_for_in_vain():
    with scene(HA) as found:
        moves, _unused = played(found, (arrival() + 1, found.world.lose_quorum), ha_patience_seconds=40)
    assert moves[0].status == DONE
    assert "the HA manager has done no 2 rounds in 40 s since it arrived, and may yet move it" in moves[0].warnings


def test_a_request_that_a_dead_manager_may_yet_carry_out_has_not_failed():
    """And nobody asks for another node as well."""
    with scene(HA) as found:
        moves, _unused = played(found, (3, found.world.lose_quorum), retries=1)
        requests = [path for path in found.writes() if "/101/" in path]
    assert (moves[0].status, moves[0].node) == (RUNNING, "a")
    assert moves[0].reason == (
        "the HA manager has done no round for 180 s since the request, which it may yet carry out"
    )
    assert len(requests) == 1


def nodes(**states):
    return tuple(Node(name=name, capacity=None, usage=None, hastate=state) for name, state in states.items())


GUESTS = (Guest(vmid=101, node="a", hastate="started"), Guest(vmid=102, node="b", hastate="started"))
CAUSES = {
    "a node that is gone": ({"nodes": nodes(a="online")}, "b is no member of the cluster for the HA manager"),
    "a node in maintenance": ({"nodes": nodes(a="online", b="maintenance")}, "b is in maintenance for the HA manager"),
    "a strict rule": (
        {"ha": ha_rules.ha_config(ha_rules.on_nodes("home", "a", 101, is_strict=True))},
        "HA rule home does not allow it on b",
    ),
    "a rule with priorities": (
        {"ha": ha_rules.ha_config(ha_rules.on_nodes("home", {"a": 2, "b": 1}, 101))},
        "HA rule home prefers a",
    ),
    "guests apart": (
        {"ha": ha_rules.ha_config(ha_rules.negative("apart", 101, 102))},
        "HA rule apart keeps it apart from 102 on b",
    ),
    "Proxmox's own balancer": (
        {"auto_rebalance": True},
        "Proxmox's own balancer (crs ha-auto-rebalance) is on, and may have moved it",
    ),
}


@pytest.mark.parametrize(("facts", "cause"), CAUSES.values(), ids=CAUSES.keys())
def test_the_likely_cause_is_found(facts, cause):
    cluster = Cluster(**({"nodes": nodes(a="online", b="online"), "guests": GUESTS} | facts))
    assert next(causes(cluster, Move(101, "a", "b"))) == cause


def test_where_nothing_explains_it_there_is_no_cause():
    cluster = Cluster(nodes=nodes(a="online", b=None), guests=GUESTS)
    assert list(causes(cluster, Move(101, "a", "b"))) == []


def test_without_an_answer_the_log_is_pointed_to():
    with scene(HA) as found:
        for name in found.world.nodes:
            found.sim.call(lambda name=name: found.world.daemon_down(name))
        assert likely_cause(found.api, Move(101, "a", "b")) == UNKNOWN

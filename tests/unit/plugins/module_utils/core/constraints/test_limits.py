# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Where the limits lie: exactly at one is allowed, the least above it is not, in both forms of the answer."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import Balloon
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import Rule
from ansible_collections.pve.drs.tests.builders import GIB, a_balloon, a_cluster, a_guest

ROOMY = {"a": "32c/400G", "b": "32c/400G"}
ONE_EACH = Policy(rules=(Rule(name="one-each", type="max_guests", count=1),))
# half of 100 GiB less the host's 2, and half of eight cores less the one that receiving takes
HALF = Policy(memory_max=0.5, cpu_max=0.5)
CASES = {
    "memory": ("memory_capacity", HALF, {"a": "32c/400G", "b": "32c/100G"}, "1c/49G", "1c/50177M"),
    "cpu": ("cpu_capacity", HALF, {"a": "32c/400G", "b": "8c/400G"}, "3c/1G", "3.01c/1G"),
}


def answers(nodes, guests, policy):
    problem = make_problem(a_cluster(nodes, guests), policy)
    placement = problem.placement()
    refusal = problem.refusal(placement, Move(101, "a", "b"))
    return refusal.constraint if refusal else None, problem.targets(placement, 101)


def test_a_guest_that_waits_needs_room_for_what_it_would_use():
    """Example 2.5 of drs-model: three cores of four in use, all four wanted, and four less one are below half of eight."""
    guest = a_guest(101, "a", "3c/1G", size="4c/1G", pressure={"cpu_some": 40.0, "cpu_full": 5.0})
    assert answers({"a": "32c/400G", "b": "8c/400G"}, [guest], HALF) == ("cpu_capacity", set())
    assert answers({"a": "32c/400G", "b": "10c/400G"}, [guest], HALF) == (None, {"b"})


@pytest.mark.parametrize(("constraint", "policy", "nodes", "fits", "exceeds"), CASES.values(), ids=CASES)
def test_room_is_used_to_the_last_bit_and_no_further(constraint, policy, nodes, fits, exceeds):
    assert answers(nodes, [a_guest(101, "a", fits)], policy) == (None, {"b"})
    assert answers(nodes, [a_guest(101, "a", exceeds)], policy) == (constraint, set())


@pytest.mark.parametrize(
    ("vcpus", "expected"), [(32, (None, {"b"})), (33, ("guest_size", set()))], ids=["as many", "one more"]
)
def test_a_guest_may_have_as_many_vcpus_as_its_node(vcpus, expected):
    assert answers(ROOMY, [a_guest(101, "a", "1c/1G", size=f"{vcpus}c/1G")], Policy()) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [("stopped", (None, {"b"})), ("running", ("max_guests", set()))],
    ids=["free", "taken"],
)
def test_only_running_guests_count(status, expected):
    assert answers(ROOMY, ["101 a 1c/1G", a_guest(102, "b", "1c/1G", status=status)], ONE_EACH) == expected


def test_a_stopped_guest_may_join_a_full_node():
    assert answers(ROOMY, [a_guest(101, "a", status="stopped"), "102 b 1c/1G"], ONE_EACH) == (None, {"b"})


@pytest.mark.parametrize(("gib", "broken"), [(49, 0), (50, 1)], ids=["at the limit", "above it"])
def test_a_node_at_its_limit_is_not_broken(gib, broken):
    problem = make_problem(a_cluster({"a": "32c/100G"}, [f"101 a 1c/{gib}G"]), HALF)
    assert len(problem.violations(problem.placement(), "a")) == broken


def test_the_last_digit_of_a_sum_breaks_nothing():
    """0.1 and 0.2 make a trace more than 0.3, half of 0.6 cores."""
    problem = make_problem(a_cluster({"a": "0.6c/100G"}, ["101 a 0.1c/1G", "102 a 0.2c/1G"]), HALF)
    placement = problem.placement()
    assert placement.used("a").cpu > 0.5 * 0.6
    assert problem.violations(placement, "a") == ()


# a machine of 60 GiB on a node that may use 49
BALLOONS = {
    "just enough": (a_balloon("50G/49G"), "1c/50G", 0),
    "not enough": (a_balloon("50G/49.5G"), "1c/50G", 1),
    "none": (None, "1c/50G", 1),
    "never changed": (Balloon(bytes=50 * GIB, least_bytes=10 * GIB, shares=0.0), "1c/50G", 1),
    "without a least": (a_balloon("50G/0G"), "1c/50G", 1),
    "all or nothing": (a_balloon("60G/60G"), "1c/70G", 1),
    "given but not used": (a_balloon("60G/49.5G"), "1c/50G", 1),
    "already at its least": (a_balloon("20G/30G"), "1c/50G", 1),
}


@pytest.mark.parametrize(("balloon", "demand", "broken"), BALLOONS.values(), ids=BALLOONS)
def test_what_ballooning_takes_back_is_no_need(balloon, demand, broken):
    """Bounds are those of drs-model 2.6: the least lies between nothing and all, and there are shares."""
    guest = a_guest(101, "a", demand, size="1c/60G", balloon=balloon)
    problem = make_problem(a_cluster({"a": "32c/100G"}, [guest]), HALF)
    assert len(problem.violations(problem.placement(), "a")) == broken


def test_a_guest_that_has_stopped_gives_nothing_back():
    stopped = a_guest(102, "a", "1c/50G", size="1c/60G", balloon=a_balloon("50G/10G"), status="stopped")
    problem = make_problem(a_cluster({"a": "32c/100G"}, ["101 a 1c/50G", stopped]), HALF)
    assert len(problem.violations(problem.placement(), "a")) == 1


def test_the_reason_tells_need_from_use():
    guest = a_guest(101, "a", "1c/60G", size="1c/80G", balloon=a_balloon("60G/50G"))
    problem = make_problem(a_cluster({"a": "32c/100G"}, [guest]), HALF)
    (violation,) = problem.violations(problem.placement(), "a")
    assert violation.reason == "a needs 50.0 GiB of the 60.0 GiB that it uses, above its limit of 49.0 GiB"
    assert violation.excess == pytest.approx(1 / 49)


def test_room_for_others_is_what_is_free_now():
    held = a_guest(102, "b", "1c/40G", size="1c/60G", balloon=a_balloon("40G/10G"))
    nodes = {"a": "32c/400G", "b": "32c/100G"}
    assert answers(nodes, [a_guest(101, "a", "1c/10G"), held], HALF) == ("memory_capacity", set())

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes that ballooning keeps full, before the simulator: asked only where it matters, and left alone."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault

# node a uses 48 of its 64 GiB, and may use 31
STRICT = Policy(memory_max=0.5, triggers=())


def lists(found):
    """The lists of machines that were asked for; preconditions are asked of single guests."""
    return [entry.path for entry in found.sim.log.entries() if entry.path.endswith("/qemu")]


def with_balloons(**config):
    return uneven(guest={"config": config})


def test_a_node_that_ballooning_keeps_full_loses_nothing():
    with scene(with_balloons(balloon=6144), STRICT) as found:
        plan = found.decide()
        assert lists(found) == ["/nodes/a/qemu"]
    assert (plan.moves, plan.before.triggers) == ((), ())


@pytest.mark.parametrize(
    "config",
    [{}, {"balloon": 0}, {"balloon": 6144, "shares": 0}, {"balloon": 12288}, {"balloon": 10240}],
    ids=["no least", "no balloon", "never changed", "all or nothing", "not enough"],
)
def test_a_node_that_is_full_loses_guests(config):
    with scene(with_balloons(**config), STRICT) as found:
        plan = found.decide()
        assert lists(found) == ["/nodes/a/qemu"]
    assert {planned.move.source for planned in plan.moves} == {"a"}


def test_without_a_full_node_nobody_is_asked():
    with scene(with_balloons(balloon=6144)) as found:
        assert found.decide().moves
        assert lists(found) == []


def test_a_node_that_does_not_tell_is_taken_for_full():
    with scene(with_balloons(balloon=6144), STRICT) as found:
        found.world.faults.add(Fault("answer", status=596, path="/nodes/a/qemu"))
        plan = found.decide()
        assert lists(found) == ["/nodes/a/qemu"]
    assert {planned.move.source for planned in plan.moves} == {"a"}
    assert any("no list of machines from node a" in notice for notice in plan.notices)

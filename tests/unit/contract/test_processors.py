# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Clock rates and cores, as nodes tell them, in a plan (drs-model 2.2)."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault

CLOCKS = {"a": {"mhz": 2000}, "b": {"mhz": 1000}, "c": {"mhz": 2000}}
BY_CLOCK = Policy(method="cpu", speed_by_clock=True, balanciness=0.01)


def statuses(found):
    """Of nodes, as far as they were asked for."""
    paths = (entry.path for entry in found.sim.log.entries())
    return sorted(
        path for path in paths if path.startswith("/nodes/") and path.count("/") == 3 and path.endswith("/status")
    )


def test_a_slow_node_is_not_the_first_target():
    """By its name it would be: c is as empty."""
    with scene(uneven(nodes=CLOCKS), BY_CLOCK) as found:
        plan = found.decide()
        assert statuses(found) == [f"/nodes/{name}/status" for name in "abc"]
    assert plan.moves[0].move.target == "c"


def test_by_default_nodes_are_not_asked_before_they_lose_or_gain_a_guest():
    with scene(uneven(nodes=CLOCKS), Policy(method="cpu", balanciness=0.01)) as found:
        found.collect()
        assert statuses(found) == []
        assert found.decide().moves[0].move.target == "b"


@pytest.mark.parametrize("policy", [BY_CLOCK, Policy(smt_share=0.3)], ids=["clock", "threads"])
def test_a_node_that_does_not_answer_is_named(policy):
    with scene(uneven(nodes=CLOCKS), policy) as found:
        found.world.faults.add(Fault("answer", status=596, path="/nodes/b/status"))
        with pytest.raises(NoMeasurement, match="from node b; does it answer"):
            found.decide()

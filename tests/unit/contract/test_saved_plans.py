# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A saved plan meets the cluster as it is later: what counts as a change there, and what does not."""

import json
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPlan, ClusterChanged
from ansible_collections.pve.drs.plugins.module_utils.core.hours import OUTSIDE
from ansible_collections.pve.drs.plugins.module_utils.core.model.hours import Hours, Span
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.report import plan_report
from ansible_collections.pve.drs.plugins.module_utils.core.saved.model import SavedPlan
from ansible_collections.pve.drs.plugins.module_utils.core.saved.opening import opened
from ansible_collections.pve.drs.plugins.module_utils.core.saved.record import Stamp, record_of
from ansible_collections.pve.drs.plugins.module_utils.glue.saved_plans import planned_again
from ansible_collections.pve.drs.tests.unit.simulated import Scene, scene, uneven
from simulator.world.loads import Constant, Demand

VALID_SECONDS = 600


@dataclass
class Kept:
    """A plan in a file, and the cluster that it is for."""

    found: Scene
    saved: SavedPlan

    def again(self):
        """Plan what is left of it, as the module does."""
        found = self.found
        return planned_again(found.api, found.collect(), found.policy, self.saved, found.clock.epoch())

    def refusal(self):
        with pytest.raises(ClusterChanged) as caught:
            self.again()
        return str(caught.value)


@contextmanager
def kept(**changes):
    """Serve a cluster, plan, and put the plan through a file."""
    with scene(uneven(**changes)) as found:
        plan = found.decide()
        report = plan_report(plan, plan.cluster)
        now = found.clock.epoch()
        stamp = Stamp(made=now, valid_until=now + VALID_SECONDS, settings={})
        text = json.dumps({**report, "record": record_of(plan, report, stamp)})
        yield Kept(found, opened(json.loads(text)))


def moves(plan):
    return [[str(planned.move) for planned in step.moves] for step in plan.steps]


def test_what_was_carried_out_is_not_carried_out_again():
    """The first step of two, then all of it, then nothing."""
    with kept() as file:
        all_moves = moves(file.again())
        assert all_moves == [["101 a->b", "102 a->c"]]
        file.found.sim.call(lambda: file.found.world.steal(101, "b"))
        file.found.sim.advance(300)
        plan = file.again()
        assert moves(plan) == [["102 a->c"]]
        assert "of which 1 of 2 moves were carried out before" in plan.notices[-1]
        assert file.found.execute(plan).is_complete
        file.found.sim.advance(VALID_SECONDS)
        assert moves(file.again()) == []


def test_another_guest_may_have_moved_as_long_as_every_move_is_still_allowed():
    with kept() as file:
        file.found.sim.call(lambda: file.found.world.steal(201, "c"))
        file.found.sim.advance(300)
        plan = file.again()
        assert moves(plan) == [["101 a->b", "102 a->c"]]
        assert plan.notices[-1] == "other guests have moved, started or stopped since; every move was checked anew"


def test_a_target_without_room_refuses_the_plan():
    """Guest 201 may use 48 GiB and uses 12, at first."""
    large = {"vmid": 201, "node": "b", "memory": "48G"}
    with kept(guests=[{"vmid": 101, "count": 4, "node": "a"}, large, {"vmid": 301, "node": "c"}]) as file:
        world = file.found.world
        world.set_load(world.guests[201], Constant(Demand(1.0, 48 * 2**30)))
        file.found.sim.advance(60)
        assert "guest 101 (guest1) may not go to b: b would use" in file.refusal()


def test_a_foreign_migration_under_way_is_named():
    with kept() as file:
        file.found.sim.call(lambda: file.found.world.steal(101, "c"))
        file.found.sim.advance(2)
        assert "guest 101 (guest1) is being migrated by somebody else; guest 101 (guest1) is locked" in file.refusal()


def test_a_new_ha_rule_is_named():
    roles = {"DRS": [*uneven()["roles"]["DRS"], "Sys.Console"]}
    with kept(guest={"ha": "started"}, roles=roles) as file:
        rule = {"rule": "near", "type": "node-affinity", "resources": "vm:201", "nodes": "b"}
        file.found.client.post("cluster/ha/rules", **rule)
        assert "HA rule near is new" in file.refusal()


def test_a_plan_is_not_valid_for_ever():
    with kept() as file:
        file.found.sim.advance(VALID_SECONDS + 1)
        with pytest.raises(BadPlan, match=r"the plan was valid until .*Z: make a new one"):
            file.again()


@pytest.mark.parametrize("outside", OUTSIDE)
def test_a_plan_waits_for_a_window_as_a_whole(outside):
    with kept() as file:
        minute = int(file.found.clock.epoch() // 60) % 1440
        later = Span(begin=(minute + 60) % 1440, end=(minute + 60) % 1440 + 60)
        file.found.policy = Policy(hours=Hours(windows=(later,)), outside_windows=OUTSIDE[outside][0])
        with pytest.raises(
            BadPlan, match=r"^the plan is not carried out now: .* until \w{3} [\d-]+ [\d:]+ UTC: outside of window"
        ):
            file.again()
        file.found.policy = Policy(hours=Hours(blackouts=(later,)))
        assert file.again().moves

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Runs that look several times, in virtual time: holds are counted within one run, and it ends as early as it may."""

import json

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.glue.aim import Aim
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import collect_with_state, state_of
from ansible_collections.pve.drs.plugins.module_utils.glue.observing import Spell, observe, spell_from
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.plugins.module_utils.pve.questions import needs_before_deciding
from ansible_collections.pve.drs.plugins.module_utils.pve.sampling import sampled_pause
from ansible_collections.pve.drs.plugins.module_utils.state.averages import recall_averages
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.loads import Constant, Demand

GIB = 2.0**30
HOLD = Policy(hold=3)
EVEN = [
    {"vmid": 101, "count": 2, "node": "a"},
    {"vmid": 201, "count": 2, "node": "b"},
    {"vmid": 301, "count": 2, "node": "c"},
]


def observed(found, policy=HOLD, seconds=60.0, every=5.0, state=None):
    return observe(found.api, policy, Spell(seconds, every), found.clock, state)


def plan_for(found, aim):
    cluster = collect_with_state(found.api, needs_before_deciding(aim.policy), found.clock, None, aim.seed)
    return decide(found.api, aim.continued(cluster), aim.judging(aim.policy))


def planned(found, policy, seen):
    """How many moves are decided on after that, and what is said about it."""
    plan = plan_for(found, Aim(policy, observed=seen))
    return len(plan.moves), plan.notices


def load(found, vmid, memory):
    found.sim.call(lambda: found.world.set_load(found.world.guests[vmid], Constant(Demand(1.0, memory * GIB))))


def test_what_holds_from_look_to_look_is_acted_on_within_one_run():
    """Three looks, ten seconds; nothing is written, and no state is needed."""
    with scene(uneven()) as found:
        seen = observed(found)
        assert seen.report == {"looks": 3, "seconds": 10.0, "ended": "held"}
        moves, _notices = planned(found, HOLD, seen)
        assert moves
        assert found.writes() == []


def test_one_look_alone_would_have_waited():
    with scene(uneven()) as found:
        moves, notices = planned(found, HOLD, None)
    assert moves == 0
    assert any("it was so in 1 of 3 runs in a row" in notice for notice in notices)


def test_another_plan_of_the_same_run_goes_by_what_has_held():
    """After a drift; what did not hold then has to hold now as ever."""
    with scene(uneven()) as found:
        aim = Aim(HOLD, observed=observed(found))
        first, waits = plan_for(found, aim), plan_for(found, Aim(HOLD))
        assert plan_for(found, aim.anew(first)).moves == first.moves != ()
        assert plan_for(found, aim.anew(waits)).moves == ()


def test_where_nothing_is_near_the_first_look_is_the_last():
    """A hold of one as well."""
    with scene(uneven(guests=EVEN)) as found:
        for policy in (HOLD, Policy()):
            assert observed(found, policy).report == {"looks": 1, "seconds": 0.0, "ended": "quiet"}


def test_a_reason_that_goes_away_while_it_is_watched_ends_the_run():
    with scene(uneven()) as found:
        found.clock.due = [(4.0, lambda: [load(found, vmid, 3) for vmid in (101, 102, 103, 104)])]
        seen = observed(found, Policy(hold=5))
        assert seen.report["ended"] == "quiet"
        assert 1 < seen.report["looks"] < 6
        assert planned(found, Policy(hold=5), seen)[0] == 0


def test_a_reason_that_comes_and_goes_has_not_held():
    """The time is up then, and what is left waits."""
    policy, guests = Policy(hold=6, balanciness=0.2), (101, 102, 103)
    with scene(uneven()) as found:
        blip = [(at, lambda size=size: [load(found, vmid, size) for vmid in guests]) for at, size in BLIPS]
        found.clock.due = blip
        seen = observed(found, policy, seconds=60.0)
        assert seen.report["ended"] == "time"
        moves, notices = planned(found, policy, seen)
    assert moves == 0
    assert any("of 6 runs in a row" in notice for notice in notices)


# Every 15 seconds: 4 GiB for each of three guests are near to too much, 12 are more than that.
BLIPS = [(at, 12 if number % 2 else 4) for number, at in enumerate(range(10, 70, 15))]


def test_what_must_be_done_is_done_at_once():
    rule = Rule(name="r", type="run_on", guests=GuestSelector(vmids=frozenset({101})), nodes=("b",))
    with scene(uneven()) as found:
        seen = observed(found, Policy(hold=3, rules=(rule,)))
    assert seen.report == {"looks": 1, "seconds": 0.0, "ended": "mandatory"}


def test_slow_looks_are_in_a_row_all_the_same():
    """By the clock of the cluster they are a minute apart, which is more than three times five seconds."""

    class FastCluster:
        """Its time goes twelve times as fast as ours."""

        def __init__(self, inner):
            self.inner = inner

        def now(self):
            return self.inner.now() / 12

        def epoch(self):
            return self.inner.epoch()

        def sleep(self, seconds):
            self.inner.sleep(12 * seconds)

    with scene(uneven()) as found:
        seen = observe(found.api, HOLD, Spell(300.0, 5.0), FastCluster(found.clock), None)
        assert seen.report == {"looks": 3, "seconds": 10.0, "ended": "held"}
        assert seen.cycle_seconds == 60.0
        found.sim.advance(10.0)
        assert planned(found, HOLD, seen)[0] > 0


def test_averages_go_on_from_look_to_look(tmp_path):
    """The first look takes its minute, the others are one sample each; the state has the newest average."""
    policy = Policy(hold=3, estimator="ema")
    state = state_of({"state_path": str(tmp_path / "state.db")}, check_mode=False)
    with scene(uneven()) as found:
        began = found.clock.now()
        seen = observed(found, policy, seconds=120.0, state=state)
        assert seen.report == {"looks": 3, "seconds": 65.0, "ended": "held"}
        assert found.clock.now() - began == 65.0
        assert recall_averages(state, "lab") == seen.seed


def test_averages_go_on_while_a_run_waits_for_its_next_look():
    """A guest is busier for ten seconds only, between two looks: the average knows of it."""
    policy = Policy(hold=2, estimator="ema", balanciness=0.9, method="cpu")
    with scene(uneven()) as found:
        first = observed(found, policy, seconds=60.0, every=60.0)
        busy = Constant(Demand(2.0, 12 * GIB))
        usual = Constant(Demand(1.0, 12 * GIB))
        began = found.clock.now() - found.clock.began
        found.clock.due = [
            (began + 30.0, lambda: found.world.set_load(found.world.guests[101], busy)),
            (began + 50.0, lambda: found.world.set_load(found.world.guests[101], usual)),
        ]
        after = sampled_pause(found.api, found.clock, found.clock.now() + 60.0, first.seed)
    assert after.guests[101].cpu > first.seed.guests[101].cpu + 0.1


def test_check_mode_looks_the_same_and_leaves_no_state(tmp_path):
    params = {"state_path": str(tmp_path / "state.db")}
    with scene(uneven()) as found:
        seen = observed(found, Policy(hold=3, estimator="ema"), state=state_of(params, check_mode=True))
    assert seen.report["ended"] == "held"
    assert list(tmp_path.iterdir()) == []


def test_the_report_is_plain_data():
    with scene(uneven()) as found:
        seen = observed(found)
    assert json.loads(json.dumps(Aim(HOLD, observed=seen).values)) == {"observed": seen.report}
    assert seen.notice == "looked 3 times in 10 s before this plan was made: a reason to act has held"


@pytest.mark.parametrize(
    ("given", "policy", "spell"),
    [
        ({}, HOLD, None),
        ({"observe": 0}, HOLD, None),
        ({"observe": 60}, HOLD, Spell(60.0, 5.0)),
        ({"observe": 60, "observe_every": 20}, HOLD, Spell(60.0, 20.0)),
        ({"observe": 300}, Policy(hold=3, estimator="mean"), Spell(300.0, 60.0)),
        ({"observe": 300}, Policy(hold=3, method="psi"), Spell(300.0, 60.0)),
        ({"observe": 60, "timeout": 61}, HOLD, Spell(60.0, 5.0)),
    ],
)
def test_looks_are_as_far_apart_as_figures_are_new(given, policy, spell):
    assert spell_from(given, policy) == spell


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"observe": 9}, r"^observe is 9 seconds, in which looks 5 seconds apart .* 3 times in a row \(hold\): .* 10$"),
        ({"observe": 60, "timeout": 60}, r"^timeout is 60 seconds, and observe 60: no time would be left to act$"),
    ],
)
def test_a_spell_in_which_nothing_could_be_done_is_refused(given, says):
    with pytest.raises(BadPolicy, match=says):
        spell_from(given, HOLD)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The state file in a run: samples go on where the last run ended, check mode writes nothing."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.averages import averages
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import collect_with_state, state_of
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.loads import Constant, Demand

GIB = 2.0**30
SAMPLES = Needs(samples=True)


@pytest.fixture
def params(tmp_path):
    return {"state_path": str(tmp_path / "state.db")}


def seconds_of(found, params, *, check_mode=False, needs=SAMPLES):
    """How long collecting takes by the cluster's clock."""
    began = found.clock.now()
    collect_with_state(found.api, needs, found.clock, state_of(params, check_mode=check_mode))
    return found.clock.now() - began


def test_a_second_run_goes_on_where_the_first_ended(params):
    with scene(uneven()) as found:
        assert seconds_of(found, params) == 55.0
        found.sim.advance(20)
        assert seconds_of(found, params) == 15.0


def test_without_a_path_every_run_takes_its_own_minute():
    with scene(uneven()) as found:
        assert [seconds_of(found, {}) for _unused in range(2)] == [55.0, 55.0]


def test_check_mode_uses_the_state_and_leaves_it_as_it_is(params, tmp_path):
    with scene(uneven()) as found:
        assert seconds_of(found, params, check_mode=True) == 55.0
        assert list(tmp_path.iterdir()) == []
        seconds_of(found, params)
        before = (tmp_path / "state.db").read_bytes()
        found.sim.advance(20)
        assert seconds_of(found, params, check_mode=True) == 15.0
        assert (tmp_path / "state.db").read_bytes() == before


def test_what_takes_no_samples_leaves_no_state(params, tmp_path):
    with scene(uneven()) as found:
        seconds_of(found, params, needs=Needs(node_history=True))
    assert list(tmp_path.iterdir()) == []


def test_the_average_goes_on_from_the_one_before(params):
    """A guest has become twice as busy since: after 20 s about half of that counts."""
    with scene(uneven()) as found:
        seconds_of(found, params)
        state = state_of(params, check_mode=True)
        before = state.recall("lab").guests[101].cpu
        found.sim.call(lambda: found.world.set_load(found.world.guests[101], Constant(Demand(2.0, 12 * GIB))))
        found.sim.advance(10)
        seconds_of(found, params)
        assert 1.1 * before < state.recall("lab").guests[101].cpu < 1.6 * before


def test_a_run_in_the_same_second_does_not_start_afresh(params):
    with scene(uneven()) as found:
        seconds_of(found, params)
        before = state_of(params, check_mode=True).recall("lab")
        found.sim.call(lambda: found.world.set_load(found.world.guests[101], Constant(Demand(2.0, 12 * GIB))))
        cluster = collect_with_state(found.api, SAMPLES, found.clock, state_of(params, check_mode=False))
        assert averages(cluster.history) == before

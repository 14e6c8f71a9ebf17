# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""A spike of half a minute moves nothing unless one sample decides; load that lasts moves guests, and once."""

import contextlib

import pytest
import yaml

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.unit.simulated import scene
from simulator.scenario import SHIPPED

TOKEN = {"token_id": "demo", "token_secret": "2f1d9a52-8c40-4d0e-9a57-3b2f6c1d7e80"}
SPIKE_ENDS, LASTING_BEGINS = 630.0, 1200.0
MINUTE = 60.0
# seconds of load that lasts after which each is convinced; the moving average looks at a minute by itself
CONVINCED_AFTER = {"snapshot": 10.0, "ema": 5.0, "mean": 50 * MINUTE, "percentile": 10 * MINUTE, "max": 2 * MINUTE}
every_patient_one = pytest.mark.parametrize("estimator", ["ema", "mean", "percentile"])


@pytest.fixture
def at():
    """Decide by cpu with an estimator, so many seconds after the start of the scenario `spike`."""
    scenario = yaml.safe_load((SHIPPED / "spike.yml").read_text(encoding="utf-8"))

    with contextlib.ExitStack() as stack:

        def situation(seconds, estimator):
            found = stack.enter_context(scene(scenario, Policy(method="cpu", estimator=estimator), **TOKEN))
            found.clock.sleep(seconds)
            return found

        yield situation


@pytest.mark.parametrize("before_its_end", [90, 55, 40, 25, 10, -5, -30])
@every_patient_one
def test_a_spike_moves_nothing(at, estimator, before_its_end):
    found = at(SPIKE_ENDS - before_its_end, estimator)
    assert found.decide().moves == ()
    assert found.writes() == []


def test_whoever_believes_one_sample_moves_guests(at):
    assert at(SPIKE_ENDS - 10, "snapshot").decide().moves


@pytest.mark.parametrize("estimator", CONVINCED_AFTER)
def test_load_that_lasts_moves_guests_and_then_there_is_nothing_left_to_do(at, estimator):
    found = at(LASTING_BEGINS + CONVINCED_AFTER[estimator], estimator)
    plan = found.decide()
    assert plan.moves
    assert {planned.move.source for planned in plan.moves} == {"pve1"}
    assert found.execute(plan).is_complete
    assert found.decide().moves == ()


@pytest.mark.parametrize("estimator", ["mean", "percentile"])
def test_what_has_begun_a_minute_ago_is_not_yet_lasting(at, estimator):
    assert at(LASTING_BEGINS + MINUTE, estimator).decide().moves == ()

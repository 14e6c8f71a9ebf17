# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is recommended is not carried out, until somebody approves it."""

import pytest

from simulator.scenario import load_world
from simulator.server import Settings, running


@pytest.fixture
def demo():
    """Serve the shipped demonstration cluster, with time that passes quickly."""
    with running(load_world("demo"), Settings(port=0, speed=120.0)) as simulator:
        yield simulator


@pytest.mark.long
def test_recommendations_wait_for_approval(demo, reach, run_module, run_cases):
    params = reach(demo.connection) | {"automation": "manual", "settle": 0}
    asked = run_module("drs_balance", params)
    assert (asked["changed"], asked["outcome"], asked["plan"]["move_count"]) == (False, None, 0)
    assert demo.log.writing() == []
    first, *others = asked["plan"]["recommended"]
    assert first["id"] in asked["report"]
    approving = {"module": "drs_balance", "check_mode": False, "params": params | {"approve": [first["id"]]}}
    done = run_cases({"do": approving})[0]["do"]
    assert done["changed"]
    assert [move["vmid"] for move in done["outcome"]["moves"]] == [move["vmid"] for move in first["moves"]]
    assert [found["id"] for found in done["plan"]["recommended"]] == [found["id"] for found in others]

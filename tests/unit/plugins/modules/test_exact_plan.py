# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A plan that the exact search has looked at, as users get it."""

import pytest

pytest.importorskip("highspy", reason="the exact search needs the Python library highspy")


@pytest.mark.long
def test_the_exact_search_is_reached_through_the_module(simulators, reach, run_cases):
    """It knows no better plan here; cut short, it says so."""
    params = reach(simulators["demo"].connection)
    cases = {
        name: {"module": "drs_balance", "check_mode": True, "params": params | {"exact_seconds": seconds}}
        for name, seconds in {"without": 0, "whole": 60, "hurried": 1e-9}.items()
    }
    without, whole, hurried = run_cases(cases)[0].values()
    assert "the exact search ended after 1e-09 s" in hurried["report"]
    assert "the exact search" not in without["report"] + whole["report"]
    assert 0 < moves_of(whole) <= moves_of(without)


def moves_of(result):
    return sum(len(step["moves"]) for step in result["plan"]["steps"])

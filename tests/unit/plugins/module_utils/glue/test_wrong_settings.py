# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Settings of a scheduled run that make no sense are found before there is a run."""

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.pve.drs.plugins.filter.wrong_settings import FilterModule
from ansible_collections.pve.drs.plugins.module_utils.glue.wrong_settings import wrong_settings


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"drs_schedule": "never", "drs_api_host": [], "other": 1},
        {"drs_balanciness": "5", "drs_state_path": "/x", "drs_max_disk_usage": 80},
        {"drs_windows": [{"days": "mon-fri", "from": 1320, "to": "06:00"}], "drs_time_zone": "Europe/Berlin"},
        {"drs_rules": [{"name": "a", "type": "pin", "guests": [101]}], "drs_maintenance_nodes": "pve1,pve2"},
    ],
)
def test_what_makes_sense(variables):
    assert wrong_settings(variables) == []


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"drs_balanciness": 500}, "balanciness is 500, but must be between 1 and 100 percentage points"),
        ({"drs_max_parallel": "many"}, "argument 'max_parallel' is of type str and we were unable to convert to int"),
        ({"drs_automation": "half"}, "value of automation must be one of: manual, partial, full, got: half"),
        ({"drs_max_disk_usage": -1}, "max_disk_usage is -1, but must be between 0 and 100 percent"),
        ({"drs_pressure_limits": {"cpu": {"some": 500}}}, "pressure_limits"),
        ({"drs_windows": [{"day": "mon"}]}, "windows: entry 1: day is not known here"),
        ({"drs_windows": "sat"}, "windows"),
        ({"drs_blackouts": [{"from": "8am"}]}, "blackouts: entry 1: from is '8am'"),
        ({"drs_time_zone": "Berlin"}, "time_zone: Berlin is not known"),
        ({"drs_rules": [{"name": "a", "type": "apart"}]}, "rule a: type is apart"),
        ({"drs_method": "weighted"}, "method_weights"),
        ({"drs_policy": "mine"}, "policy mine is unknown"),
        ({"drs_maintenance_nodes": ["a"], "drs_disabled_nodes": ["a"]}, "maintenance_nodes wants a to be emptied"),
        ({"drs_observe": 60, "drs_timeout": 30}, "observe"),
    ],
)
def test_what_does_not(variables, words):
    [complaint] = wrong_settings(variables)
    assert words in complaint


def test_the_filter_takes_nothing_but_variables():
    judge = FilterModule().filters()["wrong_settings"]
    assert judge({"drs_hold": 0}) == ["hold is 0, but must be between 1 and 1000 runs"]
    with pytest.raises(AnsibleFilterError, match="variables are a dictionary by their names, not list"):
        judge(["drs_hold"])

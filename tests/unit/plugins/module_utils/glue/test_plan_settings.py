# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The options that go with a plan."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPlan
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.plan_settings import (
    OF_THE_RUN,
    other_settings,
    settings_of,
    with_settings,
)

DEFAULTS = {name: spec.get("default") for name, spec in (arguments.judging() | arguments.moving()).items()}
RULE = {"name": "home", "type": "pin", "guests": [102]}


def test_only_what_was_given_is_kept():
    given = DEFAULTS | {"memory_max": 85.0, "balanciness": None, "settle": 1, "api_token_secret": "hush"}
    assert settings_of(given) == {"memory_max": 85.0}


def test_every_option_of_the_run_exists():
    assert DEFAULTS.keys() >= set(OF_THE_RUN)


def test_the_options_of_the_plan_take_the_place_of_those_of_the_task():
    params = with_settings(DEFAULTS | {"settle": 1, "api_host": ["pve1"]}, {"memory_max": "85"})
    assert (params["memory_max"], params["settle"], params["api_host"]) == (85.0, 1, ["pve1"])


def test_settings_that_nobody_could_have_given_are_refused():
    with pytest.raises(BadPlan, match=r"the settings of the plan make no sense: .*api_password"):
        with_settings(DEFAULTS, {"api_password": "x"})


OTHERS = {
    "left out": ({}, {"memory_max": 85, "rules": [RULE]}, []),
    "the same": ({"memory_max": 85.0, "rules": [RULE]}, {"memory_max": 85, "rules": [RULE]}, []),
    "another": ({"memory_max": 80}, {"memory_max": 85}, ["option memory_max is 80 now, and was 85"]),
    "more": ({"memory_max": 80}, {}, ["option memory_max is 80 now, and was left out"]),
    "a rule": ({"rules": [RULE]}, {}, ["rule home (option rules) is new"]),
    "no rule": (
        {"rules": [RULE | {"name": "b"}]},
        {"rules": [RULE]},
        ["rule b (option rules) is new", "rule home (option rules) is gone"],
    ),
    "an order": (
        {"rules": [RULE, RULE | {"name": "b"}]},
        {"rules": [RULE | {"name": "b"}, RULE]},
        ["the rules (option rules) are in another order"],
    ),
}


@pytest.mark.parametrize(("given", "kept", "expected"), OTHERS.values(), ids=OTHERS.keys())
def test_other_options_are_named(given, kept, expected):
    assert list(other_settings(DEFAULTS | given, kept)) == expected

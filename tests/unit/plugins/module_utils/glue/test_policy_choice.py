# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options policy, policies and sensitivity."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.policy_options import judging_policy, moving_policy

SPEC = arguments.connection() | arguments.judging() | arguments.moving()


def params(**changes):
    return {name: option.get("default") for name, option in SPEC.items()} | changes


def test_policies_differ_and_are_known_by_name():
    found = [moving_policy(params(policy=name)) for name in POLICIES]
    assert [policy.name for policy in found] == list(POLICIES)
    assert len(set(map(str, found))) == len(POLICIES)
    assert all(preset.describes for preset in POLICIES.values())


def test_what_is_given_counts_more_than_the_policy():
    policy = moving_policy(params(policy="conservative", memory_max=75, max_moves=2, method="cpu"))
    assert (policy.planners, policy.memory_max, policy.cpu_max) == (("conservative",), 0.75, 0.8)
    assert (policy.limits.max_moves, policy.method) == (2, "cpu")


def test_a_policy_with_weights_keeps_them_with_its_own_method():
    assert judging_policy(params(policy="crs")).method_weights == {"cpu": 1.0, "memory": 1.0}
    assert judging_policy(params(policy="crs", method="cpu")).method_weights == {}
    assert judging_policy(params(policy="crs", method_weights={"cpu": 3})).method_weights == {"cpu": 3.0}


@pytest.mark.parametrize(("level", "hold", "moves"), [(1, 1, 0), (2, 3, 4), (3, 3, 8), (4, 2, 8), (5, 1, 16)])
def test_levels_set_what_is_not_given(level, hold, moves):
    policy = moving_policy(params(sensitivity=level))
    assert (policy.hold, policy.limits.max_moves) == (hold, moves)
    given = moving_policy(params(sensitivity=level, hold=7, max_moves=9, balanciness=33))
    assert (given.hold, given.limits.max_moves, given.balanciness) == (7, 9, 0.33)


OWN = {
    "night": {"base": "conservative", "memory_max": 70, "proactive_points": 15, "selection_seed": 4},
    "eager": {"sensitivity": 5, "max_moves": 20, "triggers": ["outliers", "outliers"], "planners": ["improve"]},
    "mixed": {"method": "weighted", "method_weights": {"cpu": 1, "disk": 1}},
}


def test_own_policies_build_on_others():
    night = judging_policy(params(policy="night", policies=OWN))
    assert (night.name, night.planners, night.memory_max) == ("night", ("conservative",), 0.7)
    assert (night.proactive_points, night.selection_seed) == (0.15, 4)
    eager = moving_policy(params(policy="eager", policies=OWN))
    assert (eager.estimator, eager.limits.max_moves) == ("ema", 20)
    assert (eager.triggers, eager.planners) == (("outliers",), ("improve",))
    assert judging_policy(params(policy="mixed", policies=OWN)).method_weights == {"cpu": 1, "disk": 1}
    assert judging_policy(params(policy="eager", policies=OWN, sensitivity=4)).hold == 2


def test_own_policies_that_are_not_chosen_change_nothing():
    assert moving_policy(params(policies=OWN)) == Policy()


MISTAKES = {
    "unknown": ({"policy": "mood"}, "policy mood is unknown; known are balance, .*"),
    "unknown with own": (
        {"policy": "mood", "policies": OWN},
        "policy mood is unknown; known are .*night, eager, mixed",
    ),
    "unknown base": (
        {"policy": "x", "policies": {"x": {"base": "mood"}}},
        "policy mood is unknown; known are balance.*",
    ),
    "taken name": ({"policies": {"balance": {}}}, "policies: balance is the name of a policy that exists; .*"),
    "no dictionary": ({"policies": {"x": 5}}, "policies: x must be a dictionary of what the policy sets"),
    "unknown key": ({"policies": {"x": {"colour": 1}}}, "policies: x sets colour; it may set base, sensitivity, .*"),
    "level": (
        {"policy": "x", "policies": {"x": {"sensitivity": 9}}},
        "policies: x: sensitivity is 9, but must be one of 1, 2, 3, 4, 5",
    ),
    "level of another kind": (
        {"policy": "x", "policies": {"x": {"sensitivity": [3]}}},
        r"policies: x: sensitivity is \[3\], but must be one of 1, 2, 3, 4, 5",
    ),
    "base of another kind": (
        {"policy": "x", "policies": {"x": {"base": ["balance"]}, 7: {}}},
        r"policy \['balance'\] is unknown; known are balance, .*, x, 7",
    ),
    "weights of another kind": (
        {"policy": "x", "policies": {"x": {"method": "weighted", "method_weights": "cpu"}}},
        "policies: x: method_weights is cpu, but must be a dictionary, such as {cpu: 1, memory: 1}",
    ),
    "number": (
        {"policy": "x", "policies": {"x": {"memory_max": "much"}}},
        "policies: x: memory_max is much, but must be a number",
    ),
    "range": (
        {"policy": "x", "policies": {"x": {"memory_max": 170}}},
        "policies: x: memory_max is 170, but must be between 1 and 100 percent",
    ),
    "whole": (
        {"policy": "x", "policies": {"x": {"hold": 1.5}}},
        "policies: x: hold is 1.5, but must be a whole number",
    ),
    "word": (
        {"policy": "x", "policies": {"x": {"crs_mode": "basic"}}},
        "policies: x: crs_mode is basic, but must be one of auto, dynamic, static",
    ),
    "list": (
        {"policy": "x", "policies": {"x": {"planners": "improve"}}},
        "policies: x: planners must be a list of repair, .*",
    ),
    "words": (
        {"policy": "x", "policies": {"x": {"planners": ["guess"]}}},
        "policies: x: planners is guess, but must be one of repair, .*",
    ),
    "moves": (
        {"policy": "x", "policies": {"x": {"max_moves": -1}}},
        "policies: x: max_moves is -1, but must be a whole number from 0 to 10000",
    ),
    "not a number": (
        {"balanciness": float("nan")},
        "balanciness is nan, but must be between 1 and 100 percentage points",
    ),
}


@pytest.mark.parametrize(("changes", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_named(changes, message):
    with pytest.raises(BadPolicy, match=f"^{message}$"):
        judging_policy(params(**changes))

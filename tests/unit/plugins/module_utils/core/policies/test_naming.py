# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""From the name of a policy to the policy."""

from __future__ import annotations

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy
from ansible_collections.pve.drs.tests.builders import a_cluster


@pytest.mark.parametrize("name", POLICIES)
def test_everything_that_a_policy_names_exists(name: str) -> None:
    """Planners, triggers, methods, estimators; at every level."""
    for level in (None, 1, 2, 3, 4, 5):
        policy = named_policy(POLICIES, name, level)
        assert policy.name == name
        assert make_problem(a_cluster({"a": "8c/100G"}), policy).policy == policy


def test_the_default_is_balance() -> None:
    """What no option says is so."""
    assert named_policy(POLICIES, "balance") == Policy()


def test_names_and_levels_that_there_are_not() -> None:
    """Both say which there are."""
    with pytest.raises(BadPolicy, match=r"^policy mood is unknown; known are balance, "):
        named_policy(POLICIES, "mood")
    with pytest.raises(BadPolicy, match=r"^sensitivity is 6, but must be between 1 and 5$"):
        named_policy(POLICIES, "balance", 6)

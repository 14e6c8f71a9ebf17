# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Full nodes are relieved together: whoever finds no place makes way for another choice."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.budget import Budget
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.planners import unload
from ansible_collections.pve.drs.plugins.module_utils.core.planners.broken import to_mend
from ansible_collections.pve.drs.tests.builders import a_cluster


@pytest.fixture
def problem():
    """With 201 on c, no node has room for 101; it does for 102, which is enough as well."""
    guests = [
        "101 a 3c/2G",
        "102 a 2c/5G",
        "103 a 2c/6G",
        "104 a 3c/30G",
        "201 b 6c/2G",
        "202 b 6c/40G",
    ]
    return make_problem(a_cluster(dict.fromkeys("abc", "10c/100G"), guests), Policy(method="cpu", cpu_max=0.9))


def ways_of(problem):
    placement = problem.placement()
    full = [to_mend(problem, placement, node) for node in "ab"]
    return [str(move) for _broken, way in unload.unloading(problem, placement, full) for move in way.moves]


def test_another_choice_is_made_for_whoever_finds_no_place(problem):
    assert ways_of(problem) == ["201 b->c", "102 a->b"]


def test_nobody_leaves_when_all_choices_were_tried(problem, monkeypatch):
    monkeypatch.setattr(unload, "MOST_CHOICES", 1)
    assert ways_of(problem) == []


def test_nobody_leaves_when_the_time_is_up(problem):
    assert ways_of(replace(problem, budget=Budget(lambda: True))) == []

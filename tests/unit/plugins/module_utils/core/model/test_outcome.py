# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What became of a plan."""

from __future__ import annotations

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import (
    DONE,
    FAILED,
    RUNNING,
    SKIPPED,
    MoveOutcome,
    Outcome,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.tests.builders import a_cluster

PLAN: Plan = make_plan(
    a_cluster({"a": "8c/100G", "b": "8c/100G"}, ["101 a 1c/10G", "102 a 1c/10G"]), Policy(balanciness=0)
)
[PLANNED] = PLAN.moves


def an_outcome(status: str, node: str | None, interrupted_by: str | None = None) -> Outcome:
    return Outcome(
        moves=(MoveOutcome(planned=PLANNED, status=status, reason="because", node=node),), interrupted_by=interrupted_by
    )


@pytest.mark.parametrize(
    ("status", "node", "changed", "complete"),
    [
        (DONE, "b", True, True),
        (RUNNING, "a", True, False),
        (SKIPPED, "a", False, False),
        (FAILED, "a", False, False),
        (FAILED, "b", True, False),
        (FAILED, None, False, False),
    ],
    ids=["done", "under way", "never started", "failed", "failed but arrived", "lost sight of"],
)
def test_whether_something_changed_and_all_is_done(status, node, changed, complete):
    outcome = an_outcome(status, node)
    assert (outcome.changed, outcome.is_complete) == (changed, complete)
    assert outcome.with_status(status) == outcome.moves


def test_an_interrupted_run_is_not_complete():
    assert not an_outcome(DONE, "b", interrupted_by="SIGTERM").is_complete


def test_nothing_to_do_is_complete_and_unchanged():
    assert (Outcome(moves=()).changed, Outcome(moves=()).is_complete) == (False, True)

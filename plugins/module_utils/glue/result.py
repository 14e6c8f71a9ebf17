# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a command hands back, and how a balance run is put into words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.diff import placement_diff
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import (
    FAILED,
    RUNNING,
    SKIPPED,
    Outcome,
)
from ansible_collections.pve.drs.plugins.module_utils.core.past import last_migrations
from ansible_collections.pve.drs.plugins.module_utils.core.report import outcome_report, plan_report
from ansible_collections.pve.drs.plugins.module_utils.core.text import text_report
from ansible_collections.pve.drs.plugins.module_utils.glue.accounts import account, label


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`values` are returned as they are; `journal` goes to the system log; `failure` fails the task."""

    values: dict[str, Any]
    diff: dict[str, str] | None = None
    warnings: tuple[str, ...] = ()
    journal: tuple[str, ...] = ()
    failure: str | None = None

    def with_values(self, **more: object) -> Result:
        """With these values beside, or in place of, those that are there."""
        return replace(self, values={**self.values, **more})


def idle_result(notice: str) -> Result:
    """Nothing was decided, and that is right so; the report says why."""
    return Result(values={"changed": False, "plan": None, "outcome": None, "report": f"{notice}\n"}, journal=(notice,))


def balance_result(plan: Plan, cluster: Cluster, outcome: Outcome | None, notes: tuple[str, ...] = ()) -> Result:
    """What was done, or without an outcome what would be.

    A failed or unfinished move fails the task; everything is returned all the same.
    """
    return Result(
        values=_values(plan, cluster, outcome),
        diff=placement_diff(plan, cluster, outcome),
        warnings=(*cluster.warnings, *notes, *_outcome_warnings(outcome)),
        failure=_failure(outcome) if outcome else None,
    )


def _outcome_warnings(outcome: Outcome | None) -> Iterator[str]:
    if outcome is None:
        return
    yield from outcome.warnings
    for entry in outcome.moves:
        if entry.status == SKIPPED:
            yield f"skipped: {account(entry)}"
        yield from (f"{label(entry.planned)}: {warning}" for warning in entry.warnings)


def _values(plan: Plan, cluster: Cluster, outcome: Outcome | None) -> dict[str, Any]:
    return {
        "changed": outcome.changed if outcome else bool(plan.moves),
        "plan": plan_report(plan, cluster),
        "outcome": outcome_report(outcome) if outcome else None,
        "last_migrations": last_migrations(cluster.history),
        "report": text_report(plan, cluster, outcome),
    }


def _failure(outcome: Outcome) -> str | None:
    """One line that says which guest is where; None when nothing went wrong."""
    trouble = (*outcome.with_status(FAILED), *outcome.with_status(RUNNING))
    accounts = "; ".join(f"{moved.status}: {account(moved)}" for moved in trouble)
    if outcome.interrupted_by:
        untouched = len(outcome.with_status(SKIPPED))
        return (
            f"the run ended early ({outcome.interrupted_by}): {len(outcome.moves) - untouched} of "
            f"{len(outcome.moves)} moves were started, {accounts or 'all of those have ended well'}"
        )
    return f"{len(trouble)} of {len(outcome.moves)} moves did not end well; {accounts}" if trouble else None

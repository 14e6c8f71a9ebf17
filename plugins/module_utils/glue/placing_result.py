# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What drs_place returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import (
    LEFT_TO_HA,
    PLACED,
    Placed,
    Started,
    StartPlan,
)
from ansible_collections.pve.drs.plugins.module_utils.core.place.report import (
    guests_of,
    loads_report,
    placements_report,
    starts_report,
    starts_text,
)
from ansible_collections.pve.drs.plugins.module_utils.core.report import rules_report
from ansible_collections.pve.drs.plugins.module_utils.glue.placing_options import PROPOSED, STARTED
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result

Doings = Mapping[int, Started]
NOTHING_DONE: Doings = {}


def placing_result(state: str, plan: StartPlan, cluster: Cluster, doings: Doings | None) -> Result:
    """What was done, or with `doings` None what would be. A guest without a node fails the task, unless nodes are only proposed."""
    done = NOTHING_DONE if doings is None else doings
    failures = [*_refused(state, plan, cluster), *_failed(plan, cluster, done)]
    return Result(
        values={
            "changed": _would_change(state, plan)
            if doings is None
            else any(each.was_changed for each in done.values()),
            "guests": starts_report(plan, cluster, done),
            "placements": placements_report(plan, cluster),
            "unplaced": [one.vmid for one in plan.refused],
            "ranked_by": plan.figure,
            "loads": loads_report(plan),
            "rules": rules_report(plan.disabled_rules),
            "notices": list(plan.notices),
            "report": starts_text(plan, cluster, done),
        },
        diff=_diff(state, plan, cluster, doings),
        warnings=cluster.warnings,
        failure="; ".join(failures) or None,
    )


def _would_change(state: str, plan: StartPlan) -> bool:
    return state != PROPOSED and (bool(plan.moves) or (state == STARTED and bool(plan.units)))


def _refused(state: str, plan: StartPlan, cluster: Cluster) -> Iterator[str]:
    """Who only asks for nodes reads the answer."""
    if not plan.refused or (state == PROPOSED and not plan.withheld):
        return
    guests = guests_of(plan, cluster)
    told = "; ".join(f"{guests[one.vmid].label}: {one.reason}" for one in plan.refused)
    nothing = ", so nothing was done (atomic)" if plan.withheld else ""
    yield f"{len(plan.refused)} guest(s) have no node{nothing}: {told}. The value guests has all reasons"


def _failed(plan: StartPlan, cluster: Cluster, done: Doings) -> Iterator[str]:
    guests = guests_of(plan, cluster)
    for vmid, each in sorted(done.items()):
        if each.status != DONE:
            where = f"is on {each.node}" if each.node else "could not be located, look for it"
            yield f"guest {guests[vmid].label} {where}: {each.reason}"


def _diff(state: str, plan: StartPlan, cluster: Cluster, done: Doings | None) -> dict[str, str]:
    """Of each guest its node, and whether it runs; with nothing done as it would be."""
    guests = guests_of(plan, cluster)
    before, after = [], []
    for one in plan.placed:
        label, runs = guests[one.vmid].label, guests[one.vmid].is_active
        before.append(f"{label}: {_standing(one.source, runs=runs)}")
        after.append(f"{label}: {_afterwards(state, one, runs=runs, done=done)}")
    return {
        "before_header": "guests before",
        "after_header": "guests after",
        "before": _text(before),
        "after": _text(after),
    }


def _afterwards(state: str, one: Placed, *, runs: bool, done: Doings | None) -> str:
    if done is not None and one.vmid in done:
        return _standing(done[one.vmid].node or "", runs=done[one.vmid].is_running)
    if done is not None or state == PROPOSED or one.kind not in (PLACED, LEFT_TO_HA):
        return _standing(one.source, runs=runs)
    return _standing(one.target or "a node that the HA manager finds", runs=runs or state == STARTED)


def _standing(node: str, *, runs: bool) -> str:
    return f"{node or 'nowhere'}, {'running' if runs else 'stopped'}"


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)

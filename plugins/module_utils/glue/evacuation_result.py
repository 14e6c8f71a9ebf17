# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What drs_evacuate returns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.report import (
    evacuation_text,
    headroom_report,
    homes_report,
    label_of,
    left_report,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import (
    BLOCKED,
    FAIL,
    IGNORED,
    LEFT_TO_HA,
    SHUT_DOWN,
    SKIPPED,
    EvacuationPlan,
    as_evacuation,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Home
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import Outcome
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result, balance_result

Params = Mapping[str, Any]
# Guests of these kinds may stay on a node that counts as drained (drs-model 7.1).
MAY_STAY = frozenset((IGNORED, SKIPPED, SHUT_DOWN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Doings:
    """What was done: `after` is the cluster as it was seen then, None where nothing was done.

    `homes` are those to keep, `problems` what went wrong with power, by vmid.
    """

    homes: Mapping[int, Home]
    outcome: Outcome | None = None
    problems: Mapping[int, str] = field(default_factory=dict)
    after: Cluster | None = None

    def overdue(self, plan: EvacuationPlan, nodes: Collection[str]) -> tuple[Guest, ...]:
        """Guests that should have left and are still there, or came meanwhile."""
        if self.after is None:
            return ()
        waits = {name for name in nodes if not self.after.node_by_name[name].in_maintenance}
        excused = {left.vmid for left in plan.left if left.kind != LEFT_TO_HA or left.node in waits}
        return tuple(guest for guest in self.after.guests if guest.node in nodes and guest.vmid not in excused)


def evacuation_result(params: Params, plan: EvacuationPlan, cluster: Cluster, doings: Doings) -> Result:
    """Without anything done, what would be. A node that is not empty as planned fails the task."""
    told = balance_result(plan, cluster, doings.outcome)
    refused = _refused(params, plan, cluster)
    failures = [refused] if refused else [*filter(None, [told.failure]), *_failures(params, plan, doings)]
    done, latest = doings.after is not None, _latest(plan, doings.outcome)
    return replace(
        told.with_values(
            changed=not refused and (bool(told.values["changed"]) if plan.moves else False) | _switched(plan, doings),
            report=told.values["report"]
            + evacuation_text(replace(plan, headroom=latest.headroom, reserve=latest.reserve), cluster),
            nodes=[_node(name, plan, doings.after if done else None, cluster) for name in sorted(set(params["nodes"]))],
            blocked=left_report(plan.blocked, cluster),
            left=left_report((left for left in plan.left if left.kind != BLOCKED), cluster),
            homes=homes_report(doings.homes.values()),
            headroom=headroom_report(latest),
            shut_down=list(plan.shut_down),
            started=list(plan.starts),
        ),
        failure="; ".join(failures) or None,
    )


def _latest(plan: EvacuationPlan, outcome: Outcome | None) -> EvacuationPlan:
    """What is left of the nodes is told by the plan that was made last, after whatever happened on the way."""
    return as_evacuation(outcome.later_plans[-1]) if outcome and outcome.later_plans else plan


def rebalanced_result(told: Result, opened: Result) -> Result:
    """What drs_balance returns, with the values that drs_evacuate always has."""
    values = {name: opened.values[name] for name in ("nodes", "blocked", "left", "homes", "shut_down", "started")}
    return told.with_values(**values, headroom=None)


def _switched(plan: EvacuationPlan, doings: Doings) -> bool:
    """Guests were, or would be, shut down or started."""
    return any(vmid not in doings.problems for vmid in (*plan.shut_down, *plan.starts))


def _refused(params: Params, plan: EvacuationPlan, cluster: Cluster) -> str | None:
    """Nothing is done as long as one guest would stay (on_blocked is fail)."""
    if params["state"] != "evacuated" or params["on_blocked"] != FAIL or not plan.blocked:
        return None
    told = "; ".join(_why(one.vmid, one.refusals[0].reason, cluster) for one in plan.blocked)
    return (
        f"{len(plan.blocked)} guest(s) cannot be moved, so nothing was moved: {told}. "
        "The value blocked has all reasons; on_blocked says what else can be done"
    )


def _why(vmid: int, reason: str, cluster: Cluster) -> str:
    return f"{label_of(cluster, vmid)}: {reason}"


def _failures(params: Params, plan: EvacuationPlan, doings: Doings) -> Iterator[str]:
    known = doings.after or Cluster()
    yield from (f"guest {label_of(known, vmid)}: {why}" for vmid, why in sorted(doings.problems.items()))
    if params["state"] == "evacuated":
        overdue = doings.overdue(plan, params["nodes"])
        by_node = ((name, [g.label for g in overdue if g.node == name]) for name in sorted(set(params["nodes"])))
        yield from (f"{name} still holds {', '.join(labels)}" for name, labels in by_node if labels)


def _node(name: str, plan: EvacuationPlan, after: Cluster | None, before: Cluster) -> dict[str, Any]:
    may_stay = frozenset(left.vmid for left in plan.left if left.kind in MAY_STAY)
    if after is not None:
        return _figures(after, name, may_stay)
    guests = tuple(
        replace(guest, node=plan.placement_after[guest.vmid], status=_status_after(plan, guest))
        for guest in before.guests
    )
    return _figures(replace(before, guests=guests), name, may_stay)


def _status_after(plan: EvacuationPlan, guest: Guest) -> str:
    return "stopped" if guest.vmid in plan.shut_down and guest.vmid not in plan.starts else guest.status


def _figures(cluster: Cluster, name: str, may_stay: Collection[int]) -> dict[str, Any]:
    guests = [guest for guest in cluster.guests if guest.node == name]
    return {
        "node": name,
        "in_maintenance": cluster.node_by_name[name].in_maintenance,
        "guests": len(guests),
        "running": sum(guest.is_active for guest in guests),
        "is_empty": not guests,
        "is_drained": all(guest.vmid in may_stay for guest in guests),
    }

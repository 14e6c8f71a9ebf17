# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Plan and outcome -> plain data, with units in the names, as modules return it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.division import VALID_SECONDS
from ansible_collections.pve.drs.plugins.module_utils.core.hours import hours_report
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import DisabledRule
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    Alternatives,
    Answer,
    Assessment,
    NodeLoad,
    Plan,
    PlannedMove,
    Recommendation,
    Refusal,
    Trigger,
    Violation,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import Attempt, MoveOutcome, Outcome
from ansible_collections.pve.drs.plugins.module_utils.core.model.score import BORDERS, ClusterScore, GuestScore
from ansible_collections.pve.drs.plugins.module_utils.core.rules.told import told_rules
from ansible_collections.pve.drs.plugins.module_utils.core.settings import settings_report

Report = dict[str, Any]


def plan_report(plan: Plan, cluster: Cluster) -> Report:
    """What would be done and why; shares in percent."""
    return {
        "cluster": cluster.name,
        "policy": plan.policy.name,
        "method": plan.policy.method,
        "fingerprint": plan.fingerprint,
        "before": assessment_report(plan.before),
        "after": assessment_report(plan.after),
        "steps": [{"moves": [_move(planned) for planned in step.moves]} for step in plan.steps],
        "move_count": len(plan.moves),
        "estimated_seconds": round(sum(step.seconds for step in plan.steps), 1),
        "recommended": [_recommendation(recommendation) for recommendation in plan.recommended],
        "after_recommended": assessment_report(plan.after_recommended) if plan.after_recommended else None,
        "alternatives": [_alternatives(found) for found in plan.alternatives],
        "refusals": [_refusal(refusal, cluster) for refusal in plan.refusals],
        "explained": [_answer(answer) for answer in plan.answers],
        "disabled_rules": rules_report(plan.disabled_rules),
        "notices": list(plan.notices),
        "hours": hours_report(plan.policy, cluster),
        "settings": settings_report(plan.policy),
        "rules": told_rules(cluster, plan.policy),
    }


def assessment_report(assessment: Assessment) -> Report:
    """Loads, imbalance, triggers and violations; shares in percent."""
    return {
        "loads": [_load(load) for load in assessment.loads],
        "imbalance": {f"{name}_percent": percent(value) for name, value in assessment.imbalance.items()},
        "highest_load_percent": percent(assessment.highest_load),
        "triggers": [_trigger(trigger) for trigger in assessment.triggers],
        "quiet_triggers": [_trigger(trigger) for trigger in assessment.quiet],
        "violations": [_violation(violation) for violation in assessment.violations],
    }


def rules_report(disabled: Iterable[DisabledRule]) -> list[Report]:
    """Rules that do not count, with those that they conflict with."""
    return [
        {
            "rule": rule.source,
            "conflicts_with": list(rule.conflicts_with),
            "reason": rule.reason,
            "vmids": list(rule.vmids),
            "nodes": list(rule.nodes),
            "demands": list(rule.demands),
        }
        for rule in disabled
    ]


def outcome_report(outcome: Outcome) -> Report:
    """What became of each move, and where each guest is."""
    return {
        "moves": [_moved(moved) for moved in outcome.moves],
        "interrupted_by": outcome.interrupted_by,
        "warnings": list(outcome.warnings),
        "later_plans": [plan_report(plan, plan.cluster) for plan in outcome.later_plans],
        "counts": {status: len(outcome.with_status(status)) for status in ("done", "failed", "skipped", "running")},
    }


def score_report(score: ClusterScore) -> Report:
    """The cluster, its guests by vmid as text, and how many of them are in each bucket; in percent."""
    borders = (0.0, *BORDERS, 1.0)
    return {
        "percent": percent(score.value),
        "buckets": [
            {"from_percent": percent(low), "to_percent": percent(high), "guests": count}
            for (low, high), count in zip(pairwise(borders), score.buckets, strict=True)
        ],
        "unknown": score.unknown,
        "guests": {str(vmid): _guest_score(guest) for vmid, guest in sorted(score.guests.items())},
    }


def percent(share: float) -> float:
    """A fraction as percent with two decimals."""
    return round(100.0 * share, 2)


def _load(load: NodeLoad) -> Report:
    return {
        "node": load.node,
        "load_percent": percent(load.load),
        "cpu_percent": percent(load.cpu),
        "memory_percent": percent(load.memory),
        "guests": load.guests,
    }


def _guest_score(guest: GuestScore) -> Report:
    return {
        "percent": percent(guest.value),
        "cpu_percent": percent(guest.cpu),
        "memory_percent": percent(guest.memory),
        "network_percent": percent(guest.network),
    }


def _trigger(trigger: Trigger) -> Report:
    return {"name": trigger.name, "reason": trigger.reason}


def _violation(violation: Violation) -> Report:
    return {"constraint": violation.constraint, "node": violation.node, "reason": violation.reason}


def _move(planned: PlannedMove) -> Report:
    return {
        "vmid": planned.move.vmid,
        "name": planned.guest_name,
        "type": planned.guest_type,
        "source": planned.move.source,
        "target": planned.move.target,
        "mode": planned.mode,
        "category": planned.category,
        "group": planned.group,
        "reason": planned.reason,
        "gain_percent": percent(planned.gain),
        "estimated_seconds": round(planned.cost.seconds, 1),
        "estimated_downtime_seconds": round(planned.cost.downtime_seconds, 2),
        "estimated_bytes": round(planned.cost.bytes),
        "memory_bytes": round(planned.memory_bytes),
    }


def _recommendation(recommendation: Recommendation) -> Report:
    return {
        "id": recommendation.id,
        "why": recommendation.why,
        "valid_seconds": VALID_SECONDS,
        "moves": [_move(planned) for planned in recommendation.moves],
    }


def _alternatives(found: Alternatives) -> Report:
    instead_of = [
        {"vmid": p.move.vmid, "name": p.guest_name, "source": p.move.source, "target": p.move.target}
        for p in found.instead_of
    ]
    ranked = [{"moves": [_move(planned) for planned in moves]} for moves in found.ranked]
    return {"instead_of": instead_of, "ranked": ranked}


def _refusal(refusal: Refusal, cluster: Cluster) -> Report:
    return {
        "vmid": refusal.vmid,
        "name": cluster.guest_by_vmid[refusal.vmid].name,
        "target": refusal.target,
        "constraint": refusal.constraint,
        "reason": refusal.reason,
    }


def _answer(answer: Answer) -> Report:
    return {
        "vmid": answer.vmid,
        "target": answer.target,
        "allowed": answer.reason is None,
        "constraint": answer.constraint,
        "reason": answer.reason,
        "gain_percent": percent(answer.gain),
    }


def _moved(moved: MoveOutcome) -> Report:
    return {
        "vmid": moved.planned.move.vmid,
        "name": moved.planned.guest_name,
        "source": moved.planned.move.source,
        "target": (moved.instead_of or moved.planned.move).target,
        "status": moved.status,
        "reason": moved.reason,
        "node": moved.node,
        "began": None if moved.began is None else round(moved.began, 1),
        "seconds": round(moved.seconds, 1),
        "upid": moved.upid,
        "warnings": list(moved.warnings),
        "attempts": [_attempt(attempt) for attempt in moved.attempts],
    }


def _attempt(attempt: Attempt) -> Report:
    return {"target": attempt.target, "reason": attempt.reason, "upid": attempt.upid}

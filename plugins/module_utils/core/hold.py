# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A reason to act has to hold for some runs in a row before anything is done about it (drs-model 6.8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.history import Hold
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    CONTENTION,
    IMPROVEMENT,
    Assessment,
    Plan,
    Trigger,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.planners.broken import SATURATION
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem

# Runs that are further apart than so many times what was planned are not in a row any more.
GAP_CYCLES = 3.0


def counted(policy: Policy, fired: Iterable[Trigger], holds: Mapping[str, Hold], now: float) -> dict[str, Hold]:
    """How often each reason has held in a row, this time included; `holds` are as earlier runs left them."""
    return {
        trigger.key: Hold(
            count=1 + (holds[trigger.key].count if _goes_on(policy, holds, trigger, now) else 0), time=now
        )
        for trigger in fired
    }


def waiting(policy: Policy, holds: Mapping[str, Hold]) -> dict[str, int]:
    """Reasons that have not held for long enough, and how often they did."""
    return {key: hold.count for key, hold in holds.items() if hold.count < policy.hold}


def left(policy: Policy, holds: Mapping[str, Hold]) -> dict[str, Hold]:
    """What the next run goes on from: whoever acted on a reason, or tried, begins to count anew."""
    return {key: hold for key, hold in holds.items() if hold.count < policy.hold}


def held(plan: Plan) -> dict[str, int]:
    """Reasons that a plan was free to act on, those that fired and do not wait, each with how often it has to hold."""
    return {trigger.key: plan.policy.hold for trigger in waiting_reasons(plan.before) if trigger.key not in plan.holds}


def waiting_reasons(before: Assessment) -> tuple[Trigger, ...]:
    """All that fired, save what is mandatory: that never waits."""
    mandatory = {violation.constraint for violation in before.violations} - set(SATURATION)
    return tuple(trigger for trigger in before.triggers if trigger.name not in mandatory)


def may_improve(problem: Problem, *triggers: str) -> bool:
    """Whether the policy has the load evened out, or whatever the triggers are about, and they held for long enough."""
    return IMPROVEMENT in problem.policy.categories and problem.waiting.keys().isdisjoint(triggers)


def may_mend(problem: Problem, *triggers: str) -> bool:
    """Whether the policy relieves those who are short of something, for reasons that held for long enough."""
    return CONTENTION in problem.policy.categories and problem.waiting.keys().isdisjoint(triggers)


def _goes_on(policy: Policy, holds: Mapping[str, Hold], trigger: Trigger, now: float) -> bool:
    """Not after a gap, nor when the clock was put back."""
    known = holds.get(trigger.key)
    return known is not None and 0.0 <= now - known.time <= GAP_CYCLES * policy.cycle_seconds

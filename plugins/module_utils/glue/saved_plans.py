# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Option plan: read a plan that was saved, and make it one that can be carried out, or say why it cannot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPlan, BadPolicy, ClusterChanged
from ansible_collections.pve.drs.plugins.module_utils.core.hours import pause_of
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan, Refusal
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.saved import moment
from ansible_collections.pve.drs.plugins.module_utils.core.saved.drift import differences
from ansible_collections.pve.drs.plugins.module_utils.core.saved.model import SavedPlan, SavedStep
from ansible_collections.pve.drs.plugins.module_utils.core.saved.opening import opened
from ansible_collections.pve.drs.plugins.module_utils.core.saved.progress import chosen_steps, left_to_do
from ansible_collections.pve.drs.plugins.module_utils.core.saved.record import Stamp, record_of
from ansible_collections.pve.drs.plugins.module_utils.core.saved.replay import replay
from ansible_collections.pve.drs.plugins.module_utils.glue.plan_settings import (
    other_settings,
    settings_of,
    with_settings,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide

Params = Mapping[str, Any]
MOST_TOLD = 20
LONGEST_SECONDS = 30 * 24 * 3600


def saved_plan(params: Params) -> SavedPlan | None:
    """What option plan holds, or the file that it names. Raises BadPlan."""
    given = params["plan"]
    if given is None:
        return None
    return opened(_read(given) if isinstance(given, str) else given)


def _read(path: str) -> object:
    try:
        return json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise BadPlan(f"plan: {path} cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise BadPlan(f"plan: {path} is no JSON ({error}); save the plan with the filter to_nice_json") from error


def as_in_plan(params: Params, saved: SavedPlan) -> Params:
    """The options that the plan was made with. Raises ClusterChanged where the task gives others, and BadPlan.

    No other target is tried where a move fails: nobody has reviewed that one.
    """
    other = other_settings(params, saved.settings)
    if other:
        raise ClusterChanged(_refused(other))
    return {**with_settings(params, saved.settings), "retries": 0}


def planned_again(api: Api, cluster: Cluster, policy: Policy, saved: SavedPlan, now: float) -> Plan:
    """What is left of the plan, every move checked anew; `now` is in epoch seconds.

    Raises BadPlan when it is too old, ClusterChanged when something that it depends on differs or a move is not
    allowed any more, and what `decide` raises.
    """
    steps = chosen_steps(saved, policy.approved)
    left = left_to_do(steps, cluster)
    found = differences(saved, steps, cluster, policy)
    if left and now > saved.valid_until:
        raise BadPlan(f"the plan was valid until {moment.written(saved.valid_until)}: make a new one")
    if found and (left or cluster.name != saved.cluster):
        raise ClusterChanged(_refused(found))
    notices = tuple(_notices(saved, cluster, steps, left))
    plan = decide(api, cluster, policy, lambda known, wanted, _until: replay(known, wanted, left, notices))
    if plan.refusals:
        raise ClusterChanged(_refused([_in_words(refusal, cluster) for refusal in plan.refusals]))
    _require_open(plan, cluster)
    return plan


def _require_open(plan: Plan, cluster: Cluster) -> None:
    """A plan is carried out as a whole. Raises BadPlan where the hours of the task let only some of it begin."""
    pause = pause_of(plan.policy, cluster)
    if pause and any(planned.category not in pause.categories for planned in plan.moves):
        raise BadPlan(f"the plan is not carried out now: {pause}")


def _refused(found: Sequence[str]) -> str:
    told = [*found[:MOST_TOLD], *([f"and {len(found) - MOST_TOLD} more"] if len(found) > MOST_TOLD else [])]
    return f"the plan is not carried out, as not everything is as it was: {'; '.join(told)}. Make a new plan"


def _in_words(refusal: Refusal, cluster: Cluster) -> str:
    return f"guest {cluster.guest_by_vmid[refusal.vmid].label} may not go to {refusal.target}: {refusal.reason}"


def _notices(
    saved: SavedPlan, cluster: Cluster, steps: Sequence[SavedStep], left: Sequence[SavedStep]
) -> Iterator[str]:
    made = f"the plan of {moment.written(saved.made)}"
    count, open_moves = sum(map(len, steps)), sum(map(len, left))
    if not steps:
        waiting = f"; it recommends {', '.join(saved.recommended)}: approve what you want" if saved.recommended else ""
        yield f"{made} has nothing to carry out{waiting}"
    elif not left:
        yield f"{made} was carried out already: every guest of it is where it should be"
    else:
        rest = f", of which {count - open_moves} of {count} moves were carried out before" if open_moves < count else ""
        yield f"this is {made}, unchanged{rest}"
    if left and open_moves == count and saved.fingerprint != cluster.fingerprint:
        yield "other guests have moved, started or stopped since; every move was checked anew"


def require_validity(params: Params) -> None:
    """Raises BadPolicy."""
    if not 1 <= params["plan_valid"] <= LONGEST_SECONDS:
        raise BadPolicy(f"plan_valid is {params['plan_valid']}, but must be between 1 and {LONGEST_SECONDS} seconds")


def with_record(result: Result, plan: Plan, params: Params, now: float) -> Result:
    """What it takes to apply the plan later, returned with it; `now` is in epoch seconds."""
    report = result.values["plan"]
    stamp = Stamp(made=now, valid_until=now + params["plan_valid"], settings=settings_of(params))
    return result.with_values(plan={**report, "record": record_of(plan, report, stamp)})

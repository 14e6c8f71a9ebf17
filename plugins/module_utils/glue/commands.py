# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the modules do."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import Outcome
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.acting import (
    Acting,
    acting,
    follower_notice,
    only_looking,
    undertaking,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.aim import Aim, aim_of
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import (
    collect_with_state,
    keep_holds,
    require_state,
    state_of,
    with_habits,
    with_holds,
    with_last_runs,
    with_learned,
    with_starts,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.connection_options import connection_from
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuation_state import beside_evacuations
from ansible_collections.pve.drs.plugins.module_utils.glue.facts import LISTED, facts_needs, facts_of
from ansible_collections.pve.drs.plugins.module_utils.glue.gathering import with_gathered
from ansible_collections.pve.drs.plugins.module_utils.glue.interruption import InterruptibleClock, stop_of_process
from ansible_collections.pve.drs.plugins.module_utils.glue.listing import Facts
from ansible_collections.pve.drs.plugins.module_utils.glue.node_options import require_nodes
from ansible_collections.pve.drs.plugins.module_utils.glue.planning import maker_from
from ansible_collections.pve.drs.plugins.module_utils.glue.policy_options import (
    Params,
    judging_policy,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.prometheus import prometheus_text
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result, balance_result, idle_result
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_members import rule_members
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_options import rules_from
from ansible_collections.pve.drs.plugins.module_utils.glue.saved_plans import (
    as_in_plan,
    planned_again,
    require_validity,
    saved_plan,
    with_record,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.text_file import write_text
from ansible_collections.pve.drs.plugins.module_utils.glue.watching import watchers_of_process
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock, SystemClock
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.membership import ANY
from ansible_collections.pve.drs.plugins.module_utils.pve.questions import needs_before_deciding
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile


def show(params: Params, *, check_mode: bool) -> Result:
    """Module drs_facts; check mode writes no file and no state."""
    policy = judging_policy(params)
    cluster = _read(params, policy, params["gather"], state_of(params, check_mode=check_mode))
    facts = facts_of(cluster, policy, params["gather"])
    path = params["prometheus_file"]
    changed = bool(path) and write_text(path, prometheus_text(facts), "prometheus_file", pretend=check_mode)
    return Result(values={"changed": changed, "ansible_facts": {"drs": facts}}, warnings=cluster.warnings)


def read_facts(params: Params) -> Facts:
    """What drs_facts returns, judged by the default policy, and who is in which rule; for the inventory."""
    policy, rules = Policy(), rules_from(params["rules"], params["node_groups"])
    cluster = _read(params, policy, LISTED)
    return facts_of(cluster, policy, LISTED) | {"rule_members": rule_members(cluster, rules)}


def _read(params: Params, policy: Policy, names: Sequence[str], state: StateFile | None = None) -> Cluster:
    with Client(connection_from(params)) as client:
        api = Api(client)
        cluster = with_last_runs(collect_with_state(api, facts_needs(policy, names), SystemClock(), state), state)
        require_nodes(policy, cluster)
        return with_gathered(api, cluster, policy, names)


def balance(params: Params, *, check_mode: bool) -> Result:
    """Module drs_balance; check mode is the same without the last verb, and without a lock."""
    require_validity(params)
    saved = saved_plan(params)
    params = as_in_plan(params, saved) if saved else params
    aim, state = aim_of(params, saved), state_of(params, check_mode=check_mode)
    if not (saved or aim.spell):
        require_state(aim.policy, state)
    stop = stop_of_process(params["timeout"])
    with ExitStack() as stack:
        api = Api(stack.enter_context(Client(connection_from(params))))
        if not check_mode and (notice := follower_notice(api, params.get("leader") or ANY)):
            return idle_result(notice)
        aim = aim.after_looking(api, InterruptibleClock(stop), state)
        work = undertaking("drs_balance", params, api, state)
        run = only_looking(work, stop) if check_mode else stack.enter_context(acting(api, work, stop))
        around = Surroundings(api, run.working, stop, work.options)
        cluster, plan, now, outcome = _balanced(params, aim, around, run)
    result = balance_result(plan, cluster, outcome, (*api.client.warnings, *run.warnings))
    result = result.with_values(**aim.values)
    return result if saved else with_record(result, plan, params, now)


def _balanced(
    params: Params, aim: Aim, around: Surroundings, run: Acting
) -> tuple[Cluster, Plan, float, Outcome | None]:
    """What was found, decided, when, and done."""
    api, make, state, saved = around.api, maker_from(params), run.state, aim.saved
    look = partial(_looked, api, run.looking, state)
    cluster, now = look(aim), run.looking.epoch()
    policy = beside_evacuations(aim.policy, state, cluster.name, opened=params.get("nodes", ()))
    plan = planned_again(api, cluster, policy, saved, now) if saved else decide(api, cluster, aim.judging(policy), make)
    if not saved:
        keep_holds(plan, state)
    plan = replace(plan, notices=(*run.notices, *aim.notices, *plan.notices))
    if not plan.moves or not run.may_act:
        return cluster, plan, now, None
    watchers = (*run.watchers, *watchers_of_process(params["settle"]))
    replan = None if saved else lambda: decide(api, look(aim.anew(plan)), policy, make)
    outcome = execute(plan, api, around.clock, around.stop, around.options, watchers=watchers, replan=replan)
    return cluster, plan, now, outcome


def _looked(api: Api, clock: Clock, state: StateFile | None, aim: Aim) -> Cluster:
    """The cluster with all that is known of it."""
    policy = aim.policy
    cluster = collect_with_state(api, needs_before_deciding(policy), clock, state, aim.seed)
    require_nodes(policy, cluster)
    known = with_learned(with_last_runs(with_holds(cluster, state), state), policy, state)
    now = clock.epoch()
    return with_starts(with_habits(aim.continued(known), policy, state, now), state, now)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Module drs_rules: from options to what is returned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoQuorum
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.report import rules_report
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.changes import Change, merged
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.declaration import Declaration
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.entries import TAGS
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.plan import RulePlan, plan_rules
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.sentences import (
    action,
    change_diff,
    drift,
    kept_by,
    lines,
    title,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.wanted import Wanted
from ansible_collections.pve.drs.plugins.module_utils.glue.connection_options import connection_from
from ansible_collections.pve.drs.plugins.module_utils.glue.policy_options import Params
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_options import rules_from, tag_prefix_from
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import picture
from ansible_collections.pve.drs.plugins.module_utils.pve.keep_rules import Progress, keep_rules
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import lacking_for_rules, require_rule_writing
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row

HA, TAG = "ha", "tags"


def declaration_from(params: Params) -> Declaration:
    """Raises BadPolicy for rules that make no sense, or that Proxmox VE could not tell apart."""
    policy = Policy(
        rules=rules_from(params["rules"], params["node_groups"]),
        rules_scope="all",
        tag_prefix=tag_prefix_from(params["tag_prefix"]),
        trust_tags=params["trust_tags"],
    )
    declaration = Declaration(
        policy=policy,
        is_absent=params["state"] == "absent",
        purges=params["purge"],
        writes_ha=HA in params["write"],
        writes_tags=TAG in params["write"],
    )
    declaration.shorts  # noqa: B018 - raises before anything is asked
    return declaration


def keep(params: Params, *, check_mode: bool) -> Result:
    """Module drs_rules; check mode and validation are the same without the last verb."""
    declaration = declaration_from(params)
    with Client(connection_from(params)) as client:
        api = Api(client)
        cluster, listings = picture(api)
        plan = plan_rules(cluster, declaration)
        found = drift(plan)
        if params["validate"]:
            return _validated(plan, found)
        if check_mode:
            lacking = _lacking(listings.permissions, plan, client.connection.who)
            return _result(plan, plan.changes, found, warnings=lacking)
        _require_writable(plan, listings.permissions, client.connection.who)
        plan, progress = keep_rules(api, plan, declaration)
        notes = (*_edits(progress), *client.warnings)
        return _result(plan, merged(progress.done), found, warnings=notes, failure=_failure(plan, progress))


def _validated(plan: RulePlan, found: Sequence[str]) -> Result:
    """Fails for rules that could not be in force; what is without effect is only told."""
    wrong = [str(disabled) for disabled in plan.scene.compiled.disabled if disabled.source.startswith("rule ")]
    wrong += _problems(plan)
    return _result(plan, (), found, failure="; ".join(dict.fromkeys(wrong)) or None)


def _touched(plan: RulePlan) -> tuple[bool, list[int]]:
    """Whether HA is to be written, and the guests whose tags are."""
    kinds = [change.key for change in plan.changes]
    return any(kind != TAGS for kind, _name in kinds), [int(name) for kind, name in kinds if kind == TAGS]


def _lacking(permissions: Row, plan: RulePlan, who: str) -> tuple[str, ...]:
    writes_ha, vmids = _touched(plan)
    lacking = [f"{who} lacks {text}" for text in lacking_for_rules(permissions, vmids, writes_ha=writes_ha)]
    if plan.changes and not plan.cluster.is_quorate:
        lacking.append(f"cluster {plan.cluster.name} has no quorum")
    return tuple(f"{text}: this could not be carried out" for text in lacking)


def _require_writable(plan: RulePlan, permissions: Row, who: str) -> None:
    writes_ha, vmids = _touched(plan)
    require_rule_writing(permissions, vmids, who, writes_ha=writes_ha)
    if plan.changes and not plan.cluster.is_quorate:
        raise NoQuorum(f"cluster {plan.cluster.name} has no quorum, so no rule can be written")


def _result(
    plan: RulePlan,
    done: Sequence[Change],
    found: Sequence[str],
    *,
    warnings: Sequence[str] = (),
    failure: str | None = None,
) -> Result:
    compiled = plan.scene.compiled
    told = (*map(str, compiled.disabled), *compiled.ineffective, *compiled.warnings, *_problems(plan))
    return Result(
        values={
            "changed": bool(done),
            "changes": [_change(plan, change) for change in done],
            "drift": list(found),
            "rules": [_rule(plan, wanted) for wanted in plan.scene.wanted],
            "disabled_rules": rules_report(compiled.disabled),
            "ineffective": list(compiled.ineffective),
        },
        diff=change_diff(plan.cluster, done),
        warnings=(*plan.cluster.warnings, *told, *warnings),
        journal=tuple(f"{action(change)}: {title(plan.cluster, change.key)}" for change in done),
        failure=failure,
    )


def _problems(plan: RulePlan) -> Iterator[str]:
    return (f"rule {note.rule}: {note.text}" for note in plan.notes if note.is_problem)


def _change(plan: RulePlan, change: Change) -> dict[str, Any]:
    return {
        "what": title(plan.cluster, change.key),
        "action": action(change),
        "before": lines(plan.cluster, change.before),
        "after": lines(plan.cluster, change.after),
    }


def _rule(plan: RulePlan, wanted: Wanted) -> dict[str, Any]:
    return {
        "name": wanted.rule.name,
        "type": wanted.rule.type,
        "in_force": wanted.is_on,
        "vmids": list(wanted.vmids),
        "kept_by": kept_by(plan, wanted.short),
        "notes": [note.text for note in plan.notes if note.rule == wanted.rule.name],
    }


def _edits(progress: Progress) -> Iterator[str]:
    if progress.edits:
        yield f"somebody else changed the HA configuration meanwhile ({progress.edits} times); it was read again"


def _failure(plan: RulePlan, progress: Progress) -> str | None:
    """Every change that was refused with what Proxmox VE says to it, and why the run ended early."""
    texts = [f"{action(step)} {title(plan.cluster, step.key)}: {why}" for step, why in progress.failed]
    if progress.stopped:
        texts.append(f"the run ended early: {progress.stopped}")
    done = len(merged(progress.done))
    return f"{'; '.join(texts)} ({done} other changes were made)" if texts else None

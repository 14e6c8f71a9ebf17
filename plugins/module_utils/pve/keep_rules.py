# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Making a cluster equal to a declaration: one change after the other, each against what is there at that moment."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.changes import Change, applied
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.declaration import Declaration
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.entries import TAGS, ha_entries
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.plan import RulePlan, plan_rules
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import ApiRefusal
from ansible_collections.pve.drs.plugins.module_utils.pve.ha_files import HaFiles, read_ha_files
from ansible_collections.pve.drs.plugins.module_utils.pve.rule_requests import send
from ansible_collections.pve.drs.plugins.module_utils.pve.write_tags import write_tags

# As in: detected modified configuration - file changed by other user? Try again.
STALE = "detected modified configuration"
MOST_EDITS = 5


@dataclass
class Progress:
    """What was carried out, what was refused and why, what somebody else did meanwhile, and why it ended early."""

    done: list[Change] = field(default_factory=list)
    failed: list[tuple[Change, str]] = field(default_factory=list)
    edits: int = 0
    stopped: str | None = None

    def refused(self, change: Change) -> bool:
        return any(change.key == failed.key and change.after == failed.after for failed, _why in self.failed)


def keep_rules(api: Api, plan: RulePlan, declaration: Declaration) -> tuple[RulePlan, Progress]:
    """Writes; the plan that it ends with takes into account what others changed meanwhile.

    A change that Proxmox VE refuses is told of, and the others are made. Without an answer it ends, and says so.
    """
    progress = Progress()
    try:
        plan = _keep_ha(api, plan, declaration, progress)
        tags = [step for step in plan.steps if step.key[0] == TAGS]
        progress.done += write_tags(api, plan.cluster, tags, progress.failed)
    except ApiError as error:
        progress.stopped = str(error)
    return plan, progress


def _keep_ha(api: Api, plan: RulePlan, declaration: Declaration, progress: Progress) -> RulePlan:
    """Before each change, and after the last, HA is read again: where it is not as expected, all is planned anew."""
    expected, todo = ha_entries(plan.cluster.ha), _ha_steps(plan, progress)
    is_settled = not todo
    while not is_settled:
        files = read_ha_files(api, plan.cluster.ha.mode, has_rules=plan.scene.has_rules)
        if ha_entries(files.config) != expected:
            _note_edit(progress)
            plan = plan_rules(replace(plan.cluster, ha=files.config), declaration)
            expected, todo = ha_entries(files.config), _ha_steps(plan, progress)
        is_settled = not todo
        if todo and _carry_out(api, todo[0], files, progress):
            expected = applied(expected, todo[:1]) if progress.done[-1:] == todo[:1] else expected
            todo = todo[1:]
    return plan


def _ha_steps(plan: RulePlan, progress: Progress) -> list[Change]:
    return [step for step in plan.steps if step.key[0] != TAGS and not progress.refused(step)]


def _note_edit(progress: Progress) -> None:
    progress.edits += 1
    if progress.edits > MOST_EDITS:
        raise ApiError(f"somebody else keeps changing the HA configuration, {MOST_EDITS} times since this run began")


def _carry_out(api: Api, step: Change, files: HaFiles, progress: Progress) -> bool:
    """Done or refused; False when somebody else was faster, so that it is to be looked at again."""
    try:
        send(api, step, files.digests.get(step.key[0]))
    except ApiRefusal as refused:
        if STALE in refused.says:
            _note_edit(progress)
            return False
        progress.failed.append((step, refused.says))
        return True
    progress.done.append(step)
    return True

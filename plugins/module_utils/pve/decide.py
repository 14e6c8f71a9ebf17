# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A plan whose every move PVE has been asked about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.access.uses import REPORT
from ansible_collections.pve.drs.plugins.module_utils.core.errors import PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import Make, make_plan
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import MIGRATE, holds, may_migrate, mending
from ansible_collections.pve.drs.plugins.module_utils.pve.preconditions import Lists, checked
from ansible_collections.pve.drs.plugins.module_utils.pve.questions import Questions
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row

MAX_ROUNDS = 30


def decide(api: Api, cluster: Cluster, policy: Policy, make: Make = make_plan) -> Plan:
    """Plan, ask about the guests that it moves, and plan again until all of them were asked about; reads only.

    Raises what `make` and `preconditions` raise, and PermissionMissing when a rule selects by
    pool but pools cannot be seen.
    """
    permissions = api.permissions()
    who = api.client.connection.who
    _require_pools(policy, permissions, who)
    questions = Questions(api, policy, permissions, make)
    allowed = may_migrate(permissions, cluster.guest_by_vmid)
    if not any(allowed.values()):
        return questions.informed_plan(_unchecked(cluster, who))
    cluster = cluster.with_preconditions(_forbidden((vmid for vmid, may in allowed.items() if not may), who))
    return _checked_plan(questions, cluster)


def _checked_plan(questions: Questions, cluster: Cluster) -> Plan:
    wanted = {vmid for vmid in questions.policy.explain if vmid in cluster.guest_by_vmid}
    lists = Lists(questions.api)
    for _unused in range(MAX_ROUNDS):
        plan = questions.informed_plan(cluster)
        cluster = plan.cluster
        wanted |= {planned.move.vmid for planned in plan.moves_in_question}
        new = wanted - cluster.preconditions.keys()
        if not new:
            return plan
        cluster = checked(questions.api, cluster, questions.policy, new, lists)
    return questions.informed_plan(cluster.with_preconditions(_unasked(cluster)))


def _unasked(cluster: Cluster) -> dict[int, Precondition]:
    """So many guests were refused that we stop asking; no guest moves unasked."""
    reason = f"not asked about any more, after {MAX_ROUNDS} plans in a row met guests that cannot be moved"
    return {vmid: Precondition(anywhere=reason) for vmid in cluster.guest_by_vmid.keys() - cluster.preconditions.keys()}


def _forbidden(vmids: Iterable[int], who: str) -> dict[int, Precondition]:
    return {vmid: Precondition(anywhere=f"{who} lacks {MIGRATE} on /vms/{vmid}") for vmid in vmids}


def _unchecked(cluster: Cluster, who: str) -> Cluster:
    """An auditor may see what would be done, but PVE does not tell him whether it can be."""
    note = f"{who} holds {MIGRATE} on no guest: devices and disks were not checked, and this plan cannot be carried out"
    return replace(cluster, warnings=(*cluster.warnings, note)) if cluster.guests else cluster


def _require_pools(policy: Policy, permissions: Row, who: str) -> None:
    names = sorted({rule.name for rule in policy.rules if rule.guests.pools})
    if names and not holds(permissions, "Pool.Audit", "/pool"):
        raise PermissionMissing(
            f"rule {', '.join(names)} selects guests by pool, but {who} lacks Pool.Audit on /pool; "
            f"{mending(permissions, REPORT)}"
        )

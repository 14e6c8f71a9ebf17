# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A plan whose every move PVE has been asked about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.needs import guests_wanted, needs_of
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.histories import with_guest_history
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import MIGRATE, holds, may_migrate
from ansible_collections.pve.drs.plugins.module_utils.pve.preconditions import preconditions

MAX_ROUNDS = 30


def decide(api: Api, cluster: Cluster, policy: Policy) -> Plan:
    """Plan, ask about the guests that it moves, and plan again until all of them were asked about; reads only.

    Raises what `make_plan` and `preconditions` raise, and PermissionMissing when a rule selects by
    pool but pools cannot be seen.
    """
    permissions = api.permissions()
    who = api.client.connection.who
    _require_pools(policy, who, may_see=holds(permissions, "Pool.Audit", "/pool"))
    allowed = may_migrate(permissions, cluster.guest_by_vmid)
    if not any(allowed.values()):
        cluster = _unchecked(cluster, who)
        return replace(make_plan(cluster, policy), cluster=cluster)
    cluster = cluster.with_preconditions(_forbidden((vmid for vmid, may in allowed.items() if not may), who))
    return _checked_plan(api, cluster, policy)


def _checked_plan(api: Api, cluster: Cluster, policy: Policy) -> Plan:
    wanted = {vmid for vmid in policy.explain if vmid in cluster.guest_by_vmid}
    for _unused in range(MAX_ROUNDS):
        plan = make_plan(cluster, policy)
        unknown = guests_wanted(cluster, plan)
        if unknown:
            cluster = with_guest_history(api, cluster, needs_of(policy), unknown)
            continue
        wanted |= {planned.move.vmid for planned in plan.moves}
        new = wanted - cluster.preconditions.keys()
        if not new:
            return replace(plan, cluster=cluster)
        cluster = cluster.with_preconditions(preconditions(api, cluster, policy, new))
    cluster = cluster.with_preconditions(_unasked(cluster))
    return replace(make_plan(cluster, policy), cluster=cluster)


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


def _require_pools(policy: Policy, who: str, *, may_see: bool) -> None:
    names = sorted({rule.name for rule in policy.rules if rule.guests.pools})
    if names and not may_see:
        raise PermissionMissing(f"rule {', '.join(names)} selects guests by pool, but {who} lacks Pool.Audit on /pool")

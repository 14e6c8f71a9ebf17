# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What single nodes and guests are asked for the facts, once the cluster as a whole is known."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.constraints import memory_capacity
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.needs import MOST_CANDIDATES, candidates
from ansible_collections.pve.drs.plugins.module_utils.glue.facts import chosen, facts_needs
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.histories import with_guest_history
from ansible_collections.pve.drs.plugins.module_utils.pve.particulars import with_guest_lists


def with_gathered(api: Api, cluster: Cluster, policy: Policy, names: Iterable[str]) -> Cluster:
    """Balloons of full nodes for the load, the past of the largest guests for the bursts in a score with all details.

    Raises ApiError, BadPolicy, NoMeasurement.
    """
    wanted = chosen(names)
    if "load" in wanted:
        cluster = _with_balloons(api, cluster, policy)
    if {"score", "details"} <= wanted:
        largest = candidates(cluster, cluster.node_by_name.keys(), MOST_CANDIDATES)
        new = [vmid for vmid in largest if vmid not in cluster.history.guests]
        cluster = with_guest_history(api, cluster, facts_needs(policy, wanted), new)
    return cluster


def _with_balloons(api: Api, cluster: Cluster, policy: Policy) -> Cluster:
    """Of nodes above their limit, as when guests are to be moved (drs-model 2.6): one request for each."""
    problem = make_problem(cluster, policy)
    placement = problem.placement()
    full = [
        node.name
        for node in cluster.measured_nodes
        if node.details is None
        and any(found.constraint == memory_capacity.NAME for found in problem.violations(placement, node.name))
    ]
    return with_guest_lists(api, cluster, full, with_containers=False) if full else cluster

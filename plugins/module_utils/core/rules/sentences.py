# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Why a rule does not hold, in one sentence that names guests and nodes; what each rule wants (drs-model 3.8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import DisabledRule
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import RUN_ON, SEPARATE, Clause
from ansible_collections.pve.drs.plugins.module_utils.core.rules.conflicts import CROWDED, IMPOSSIBLE, TORN
from ansible_collections.pve.drs.plugins.module_utils.core.rules.settle import Rejected

MOST_NAMES = 6


def disabled_rule(cluster: Cluster, rejected: Rejected) -> DisabledRule:
    """As the report has it."""
    return DisabledRule(
        source=rejected.clause.source,
        conflicts_with=tuple(clause.source for clause in rejected.others),
        reason=reason(cluster, rejected),
        vmids=rejected.conflict.vmids,
        nodes=tuple(sorted(rejected.conflict.nodes)),
        demands=tuple(demand(cluster, clause) for clause in (*rejected.others, rejected.clause)),
    )


def not_now(cluster: Cluster, rejected: Rejected) -> str:
    """About a rule that would hold with other nodes."""
    others = listed([clause.source for clause in rejected.others])
    beside = f" beside {others}" if others else ""
    return f"{rejected.clause.source} cannot be kept{beside} at the moment: {reason(cluster, rejected)}"


def doubt(clauses: Sequence[Clause]) -> str:
    """About rules of which nobody knows."""
    return f"whether {listed([clause.source for clause in clauses])} can all be kept could not be proven"


def reason(cluster: Cluster, rejected: Rejected) -> str:
    """What the rule and those that it conflicts with would come to."""
    conflict = rejected.conflict
    guests, nodes = labels(cluster, conflict.vmids), listed(sorted(conflict.nodes))
    if conflict.kind == TORN:
        return f"{guests} would have to share a node and be on nodes of their own"
    if conflict.kind == CROWDED:
        return f"{guests} need a node each, but only {nodes} {_are(conflict.nodes)} left for them"
    if conflict.kind == IMPOSSIBLE:
        return f"{guests} cannot be spread over {nodes} so that all these rules are kept"
    return f"no node is left for {guests}" + _allowances(cluster, rejected)


def _allowances(cluster: Cluster, rejected: Rejected) -> str:
    """Which rule allows which nodes, where they allow none in common."""
    narrowing = [clause for clause in (*rejected.others, rejected.clause) if clause.type == RUN_ON]
    texts = (f"{clause.source} {_named_nodes(cluster, clause)}" for clause in narrowing)
    return f": {', '.join(texts)}" if narrowing else ""


def _named_nodes(cluster: Cluster, clause: Clause) -> str:
    """As the rule itself says it."""
    if clause.is_barring:
        return f"forbids {listed(sorted(frozenset(cluster.node_by_name) - clause.nodes))}"
    return f"allows {listed(sorted(clause.nodes)) or 'no node that exists'}"


def demand(cluster: Cluster, clause: Clause) -> str:
    """What one rule wants of whom."""
    guests = labels(cluster, clause.vmids)
    if clause.type == RUN_ON:
        return f"{clause.source} {_named_nodes(cluster, clause)} for {guests}"
    return f"{clause.source} keeps {guests} {'apart' if clause.type == SEPARATE else 'together'}"


def labels(cluster: Cluster, vmids: Sequence[int]) -> str:
    return listed([cluster.guest_by_vmid[vmid].label for vmid in vmids])


def listed(names: Sequence[str]) -> str:
    """The names with "and" before the last; of many only the first."""
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[: MOST_NAMES - 1])} and {len(names) - MOST_NAMES + 1} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _are(names: Iterable[str]) -> str:
    return "is" if len(tuple(names)) == 1 else "are"

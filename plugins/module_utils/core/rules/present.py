# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Rules that cannot be kept as things are, with nodes that are down or guests that are held elsewhere (drs-model 3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import RUN_ON, Clause
from ansible_collections.pve.drs.plugins.module_utils.core.rules.sentences import not_now
from ansible_collections.pve.drs.plugins.module_utils.core.rules.settle import settle

# Facts, which no rule changes.
FACT_RANK = 0


def unsatisfiable(cluster: Cluster, accepted: Sequence[Clause], facts: Iterable[Clause]) -> Iterator[str]:
    """Rules that count and cannot be kept for now; `facts` say where guests stay whatever rules want.

    Without any node nothing is told of: there is more amiss than rules.
    """
    present = frozenset(node.name for node in cluster.nodes if node.is_online and not node.is_source_only)
    bound = {vmid for clause in accepted for vmid in clause.vmids}
    told = [fact for fact in facts if not bound.isdisjoint(fact.vmids) and not present.isdisjoint(fact.nodes)]
    if present and (told or len(present) < len(cluster.nodes)):
        rules = set(accepted)
        rejected = settle((*told, *accepted), present).rejected
        yield from (not_now(cluster, found) for found in rejected if found.clause in rules)


def staying(cluster: Cluster, held: Mapping[int, str]) -> Iterator[Clause]:
    """Guests that stay where they are, with the reason for it."""
    for vmid, source in sorted(held.items()):
        here = frozenset({cluster.guest_by_vmid[vmid].node})
        yield Clause(source=source, type=RUN_ON, vmids=(vmid,), nodes=here, rank=FACT_RANK)

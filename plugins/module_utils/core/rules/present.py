# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Rules that cannot be kept as things are, with nodes that are down or guests that stay (drs-model 3.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import RUN_ON, Clause
from ansible_collections.pve.drs.plugins.module_utils.core.rules.sentences import not_now
from ansible_collections.pve.drs.plugins.module_utils.core.rules.settle import settle

# Facts, which no rule changes.
FACT_RANK = 0


def unsatisfiable(cluster: Cluster, accepted: Sequence[Clause], held: Mapping[int, str]) -> Iterator[str]:
    """Rules that count and cannot be kept for now; `held` says why guests stay on their nodes.

    Without any node nothing is told of: there is more amiss than rules.
    """
    present = frozenset(node.name for node in cluster.nodes if node.is_online and not node.in_maintenance)
    staying = tuple(_staying(cluster, accepted, held, present))
    if present and (staying or len(present) < len(cluster.nodes)):
        settled = settle((*staying, *accepted), present)
        yield from (not_now(cluster, rejected) for rejected in settled.rejected)


def _staying(
    cluster: Cluster, accepted: Sequence[Clause], held: Mapping[int, str], present: frozenset[str]
) -> Iterator[Clause]:
    bound = {vmid for clause in accepted for vmid in clause.vmids}
    for vmid in sorted(bound & held.keys()):
        node = cluster.guest_by_vmid[vmid].node
        if node in present:
            yield Clause(source=held[vmid], type=RUN_ON, vmids=(vmid,), nodes=frozenset({node}), rank=FACT_RANK)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Whether pools can keep what guests are promised that are to be started (drs-model 5.8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.pools.admission import Ledger, admit, ledger_of
from ansible_collections.pve.drs.plugins.module_utils.core.pools.figures import cpu_figures, memory_figures
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import ROOT, PoolTree, tree_of

Ledgers = Mapping[str, Ledger]


def not_admitted(cluster: Cluster, policy: Policy, subjects: Collection[int]) -> dict[int, str]:
    """By vmid, why not. Guests that run come first, then the `subjects` in order of vmid; all of them count as running."""
    if not policy.pools:
        return {}
    tree, figures = tree_of(policy.pools, cluster), (cpu_figures(cluster), memory_figures(cluster))
    ledgers: Ledgers = {each.resource: ledger_of(tree, each.resource, each.capacity) for each in figures}
    refused: dict[int, str] = {}
    for vmid in sorted(tree.terms.keys() & figures[0].sizes.keys(), key=lambda vmid: (vmid in subjects, vmid)):
        ledgers, why = _admit(ledgers, tree, vmid)
        if why and vmid in subjects:
            refused[vmid] = f"it cannot have its reservation: {why}"
    return refused


def _admit(ledgers: Ledgers, tree: PoolTree, vmid: int) -> tuple[Ledgers, str | None]:
    """With all of its reservations promised, or as it was, and why."""
    after = dict(ledgers)
    for resource in ledgers:
        reservation = tree.terms[vmid][resource].reservation
        after[resource], why = admit(after[resource], tree.pool_of.get(vmid, ROOT), reservation)
        if why:
            return ledgers, why
    return after, None

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Reservations that the cluster cannot keep as it is (drs-model 5.8)."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.pools.admission import Ledger, admit, ledger_of, overdrafts
from ansible_collections.pve.drs.plugins.module_utils.core.pools.amounts import shown
from ansible_collections.pve.drs.plugins.module_utils.core.pools.figures import Figures, cpu_figures, memory_figures
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import ROOT, PoolTree


def broken_promises(cluster: Cluster, tree: PoolTree) -> Iterator[str]:
    """One sentence each, with the pool and the numbers: of the pools, or where these are sound of running guests."""
    for figures in (cpu_figures(cluster), memory_figures(cluster)):
        ledger = ledger_of(tree, figures.resource, figures.capacity)
        found = tuple(overdrafts(ledger))
        yield from found or _guests(tree, figures, ledger)


def _guests(tree: PoolTree, figures: Figures, ledger: Ledger) -> Iterator[str]:
    """Admitted one after the other, in order of vmid; those that are refused are told and take nothing."""
    for vmid in sorted(tree.terms.keys() & figures.sizes.keys()):
        asked, size = tree.terms[vmid][figures.resource].reservation, figures.sizes[vmid]
        pool = tree.pool_of.get(vmid, ROOT)
        if asked > size:
            have = f"and it has {shown(size, figures.resource)} of {figures.resource}"
            yield f"pool {pool}: guest {vmid} has {shown(asked, figures.resource)} reserved, {have}"
            continue
        ledger, refusal = admit(ledger, pool, asked)
        if refusal:
            yield f"guest {vmid} cannot have its reservation: {refusal}"

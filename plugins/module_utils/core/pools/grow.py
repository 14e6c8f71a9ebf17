# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Pools, guests and figures -> the tree of one resource (drs-model 5.1 to 5.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import BY_COUNT, FIXED, NORMAL, Pool, Terms
from ansible_collections.pve.drs.plugins.module_utils.core.pools.branch import Branch, Want
from ansible_collections.pve.drs.plugins.module_utils.core.pools.figures import Figures
from ansible_collections.pve.drs.plugins.module_utils.core.pools.shares import guest_shares, level_of, pool_shares
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import ROOT, PoolTree


def grow(tree: PoolTree, figures: Figures) -> Branch:
    """With running guests alone; those in no pool are beside the pools at the top."""
    usual, grown = _usual_shares(figures), dict[str, Branch]()
    for name, pool in reversed(tuple(tree.pools.items())):
        below = [grown[child] for child in tree.below.get(name, ())]
        grown[name] = _branch(pool, below, _wants(tree, name, figures), (figures.resource, usual))
    top = [grown[child] for child in tree.below.get(ROOT, ())]
    return Branch(name=ROOT, terms=Terms(), shares=1.0, pools=top, guests=_wants(tree, ROOT, figures))


def _usual_shares(figures: Figures) -> float:
    """Of a normal guest of the mean size of all."""
    count = len(figures.sizes)
    return guest_shares(NORMAL, figures.resource, fsum(figures.sizes.values()) / count) if count else 0.0


def _branch(pool: Pool, below: Sequence[Branch], guests: Sequence[Want], basis: tuple[str, float]) -> Branch:
    resource, usual = basis
    terms = pool.terms[resource]
    branch = Branch(name=pool.name, terms=terms, shares=pool_shares(terms.shares, resource), pools=below, guests=guests)
    if terms.scalable == FIXED:
        return branch
    return replace(branch, shares=level_of(terms.shares, resource) * _weight_inside(branch, usual))


def _weight_inside(branch: Branch, usual: float) -> float:
    """As many shares as the guests have together, or as so many usual guests would have (drs-model 5.3)."""
    if branch.terms.scalable == BY_COUNT:
        return usual * guests_in(branch)
    return fsum(item.shares for item in branch.inside)


def guests_in(branch: Branch) -> int:
    """Running ones, at any depth."""
    return len(branch.guests) + sum(map(guests_in, branch.pools))


def _wants(tree: PoolTree, name: str, figures: Figures) -> tuple[Want, ...]:
    """In order of vmid."""
    return tuple(_want(tree, vmid, figures) for vmid in tree.members[name] if vmid in figures.sizes)


def _want(tree: PoolTree, vmid: int, figures: Figures) -> Want:
    terms, size = tree.terms_of(vmid)[figures.resource], figures.sizes[vmid]
    return Want(
        vmid=vmid,
        shares=guest_shares(terms.shares, figures.resource, size),
        size=size,
        demand=figures.demands[vmid],
        reservation=terms.reservation,
        limit=min(terms.limit, figures.limit_of(vmid)),
    )

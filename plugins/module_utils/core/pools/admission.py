# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Whether a reservation can be promised (drs-model 5.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ansible_collections.pve.drs.plugins.module_utils.core.pools.amounts import shown
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import ROOT, PoolTree

TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Of one resource, in cores or bytes: what is promised in each pool by now, and what each borrows from its parent.

    A pool inside counts with all that it reserves, used or not. ROOT has the `capacity` of the cluster.
    """

    tree: PoolTree
    resource: str
    capacity: float
    reserved: Mapping[str, float]
    borrowed: Mapping[str, float] = field(default_factory=dict)

    def unreserved(self, name: str) -> float:
        """What the pool has itself and nobody was promised; less than nothing where it borrows."""
        return self.reservation(name) - self.reserved.get(name, 0.0)

    def reservation(self, name: str) -> float:
        return self.capacity if name == ROOT else self.tree.pools[name].terms[self.resource].reservation

    def limit(self, name: str) -> float:
        return self.capacity if name == ROOT else self.tree.pools[name].terms[self.resource].limit


def ledger_of(tree: PoolTree, resource: str, capacity: float) -> Ledger:
    """With the pools alone, whose reservations may be more than there is: that is for `overdrafts` to say."""
    ledger = Ledger(tree=tree, resource=resource, capacity=capacity, reserved={})
    reserved, borrowed = dict.fromkeys((ROOT, *tree.pools), 0.0), dict[str, float]()
    for name, pool in reversed(tuple(tree.pools.items())):
        own = ledger.reservation(name)
        borrowed[name] = max(0.0, reserved[name] - own)
        reserved[pool.parent or ROOT] += own + borrowed[name]
    return replace(ledger, reserved=reserved, borrowed=borrowed)


def admit(ledger: Ledger, name: str, amount: float) -> tuple[Ledger, str | None]:
    """The ledger with so much promised to a guest in the pool, or as it was and why not [Ex 5.11]."""
    reserved, borrowed, asked = dict(ledger.reserved), dict(ledger.borrowed), amount
    while asked > 0.0:
        refusal = _refusal(ledger, name, asked)
        if refusal:
            return ledger, refusal
        missing = max(0.0, asked - max(0.0, ledger.unreserved(name)))
        reserved[name] += asked
        if name == ROOT:
            break
        borrowed[name] += missing
        name, asked = ledger.tree.pools[name].parent or ROOT, missing
    return replace(ledger, reserved=reserved, borrowed=borrowed), None


def _refusal(ledger: Ledger, name: str, asked: float) -> str | None:
    missing = asked - max(0.0, ledger.unreserved(name))
    if missing <= TINY:
        return None
    have = f"reserves {shown(ledger.reservation(name), ledger.resource)} and has {_left(ledger, name)} of it left"
    text = f"{shown(asked, ledger.resource)} of {ledger.resource} asked, {shown(missing, ledger.resource)} too much"
    if name == ROOT:
        return f"the cluster has {shown(ledger.capacity, ledger.resource)} and {_left(ledger, name)} of it left: {text}"
    if not ledger.tree.pools[name].terms[ledger.resource].expandable:
        return f"pool {name} {have}, and is not expandable: {text}"
    total = ledger.reserved[name] + asked
    if total > ledger.limit(name) + TINY:
        limit = shown(ledger.limit(name), ledger.resource)
        return f"pool {name} {have}, and would promise {shown(total, ledger.resource)}, above its limit of {limit}"
    return None


def _left(ledger: Ledger, name: str) -> str:
    return shown(max(0.0, ledger.unreserved(name)), ledger.resource)


def overdrafts(ledger: Ledger) -> Iterator[str]:
    """Which pools promise more than they can: one sentence each, with the numbers; nothing where all can be kept."""
    for name in (ROOT, *ledger.tree.pools):
        own, total = ledger.reservation(name), ledger.reserved[name]
        have = f"have {shown(total, ledger.resource)} of {ledger.resource} reserved"
        named = ", ".join(_inside(ledger, name))
        if name == ROOT and total > own + TINY:
            yield f"the pools {have} ({named}), but the cluster has only {shown(own, ledger.resource)}"
        elif name != ROOT and total > ledger.limit(name) + TINY:
            limit = shown(ledger.limit(name), ledger.resource)
            yield f"pool {name}: the pools in it {have} ({named}), above its limit of {limit}"
        elif name != ROOT and total > own + TINY and not ledger.tree.pools[name].terms[ledger.resource].expandable:
            text = f"above its reservation of {shown(own, ledger.resource)}, which is not expandable"
            yield f"pool {name}: the pools in it {have} ({named}), {text}"


def _inside(ledger: Ledger, name: str) -> Iterator[str]:
    """Pools with what they take of the pool that they are in."""
    for child in ledger.tree.below.get(name, ()):
        taken = ledger.reservation(child) + ledger.borrowed[child]
        if taken:
            yield f"{child} {shown(taken, ledger.resource)}"

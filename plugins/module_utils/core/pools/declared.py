# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is wrong with a declaration of pools, whatever the cluster looks like; each sentence names the pool and the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import inf

from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import RESOURCES, Pool, Terms
from ansible_collections.pve.drs.plugins.module_utils.core.pools.amounts import shown

MOST_LEVELS = 32
MOST_SHARES = 100_000_000


def mistakes(pools: Sequence[Pool]) -> Iterator[str]:
    """One sentence each; nothing where the declaration makes sense."""
    names = Counter(pool.name for pool in pools)
    yield from (f"two pools are called {name}; every pool needs a name of its own" for name in names if names[name] > 1)
    by_name = {pool.name: pool for pool in pools}
    for pool in pools:
        yield from _place(pool, by_name)
        yield from _terms(pool)


def _place(pool: Pool, by_name: Mapping[str, Pool]) -> Iterator[str]:
    """Whether it hangs on the tree."""
    if pool.parent is not None and pool.parent not in by_name:
        yield f"pool {pool.name}: parent {pool.parent} is no pool; declared are {', '.join(sorted(by_name))}"
        return
    line = [pool.name]
    parent = pool.parent
    while parent is not None and parent in by_name and len(line) <= MOST_LEVELS:
        if parent in line:
            yield f"pool {pool.name} is in a cycle: {' is in '.join([*line, parent])}"
            return
        line.append(parent)
        parent = by_name[parent].parent
    if len(line) > MOST_LEVELS:
        yield f"pool {pool.name} is nested more than {MOST_LEVELS} levels deep"


def _terms(pool: Pool) -> Iterator[str]:
    for resource in RESOURCES:
        yield from (f"pool {pool.name}: {text}" for text in _wrong(pool.terms[resource], resource))
        for vmid, terms in sorted(pool.guests.items()):
            wrong = _wrong(terms[resource], resource)
            yield from (f"pool {pool.name}: guest {vmid}: {text}" for text in wrong)


def _wrong(terms: Terms, resource: str) -> Iterator[str]:
    if isinstance(terms.shares, int) and not 1 <= terms.shares <= MOST_SHARES:
        yield f"{resource} shares are {terms.shares}, but must be between 1 and {MOST_SHARES}, or high, normal or low"
    if not 0.0 <= terms.reservation < inf:
        yield f"{resource} reservation is {shown(terms.reservation, resource)}, but must be 0 or more"
    if not terms.limit > 0.0:
        yield f"{resource} limit is {shown(terms.limit, resource)}, but must be more than 0"
    if 0.0 < terms.limit < terms.reservation:
        low, high = shown(terms.limit, resource), shown(terms.reservation, resource)
        yield f"{resource} limit {low} is below its reservation of {high}"

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Declared pools and the guests of a cluster -> who is in which pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import TERMS, Pool, Terms
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import PARTS, Directory, directory_of, parts_of

# The parent of pools at the top, and of guests in no pool.
ROOT = ""
# Parts of a selector that mean one guest each; whatever else matches nobody may do so for a while.
ONE_GUEST = ("vmids", "names")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTree:
    """`pools` by name, parents first, `below` names of pools by parent, `members` vmids by pool (ROOT: in none).

    `problems` are what the cluster has against the declaration, `notes` what has no effect for the moment.
    """

    pools: Mapping[str, Pool]
    below: Mapping[str, tuple[str, ...]]
    members: Mapping[str, tuple[int, ...]]
    pool_of: Mapping[int, str]
    terms: Mapping[int, Mapping[str, Terms]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def terms_of(self, vmid: int) -> Mapping[str, Terms]:
        """What the guest itself is promised."""
        return self.terms.get(vmid, TERMS)


def tree_of(pools: Sequence[Pool], cluster: Cluster) -> PoolTree:
    """Of a declaration without mistakes. Templates are no members; a guest in two pools is in the first of them."""
    directory = directory_of(cluster)
    below: dict[str, list[str]] = {}
    for pool in pools:
        below.setdefault(pool.parent or ROOT, []).append(pool.name)
    found = {pool.name: _members(pool, directory) for pool in pools}
    pool_of = {vmid: name for name in reversed(tuple(found)) for vmid in found[name] if not _is_template(cluster, vmid)}
    members: dict[str, list[int]] = {name: [] for name in (ROOT, *found)}
    for guest in cluster.guests:
        if not guest.is_template:
            members[pool_of.get(guest.vmid, ROOT)].append(guest.vmid)
    return PoolTree(
        pools={pool.name: pool for pool in _parents_first(pools, below)},
        below={parent: tuple(names) for parent, names in below.items()},
        members={name: tuple(vmids) for name, vmids in members.items()},
        pool_of=pool_of,
        terms={vmid: terms for pool in reversed(pools) for vmid, terms in pool.guests.items()},
        problems=(*_twice(found), *_unknown(pools, directory, ONE_GUEST), *_templates(found, cluster)),
        notes=tuple(_unknown(pools, directory, [part for part in PARTS if part not in ONE_GUEST])),
    )


def _members(pool: Pool, directory: Directory) -> set[int]:
    """Whoever has terms of its own is a member as well."""
    named = {vmid for vmid in pool.guests if directory.find("vmids", vmid)}
    return directory.members(pool.members) | named


def _is_template(cluster: Cluster, vmid: int) -> bool:
    return cluster.guest_by_vmid[vmid].is_template


def _parents_first(pools: Sequence[Pool], below: Mapping[str, list[str]]) -> Iterator[Pool]:
    by_name, waiting = {pool.name: pool for pool in pools}, list(reversed(below.get(ROOT, [])))
    while waiting:
        name = waiting.pop()
        yield by_name[name]
        waiting += reversed(below.get(name, []))


def _twice(found: Mapping[str, set[int]]) -> Iterator[str]:
    homes: dict[int, list[str]] = {}
    for name, vmids in found.items():
        for vmid in vmids:
            homes.setdefault(vmid, []).append(name)
    for vmid, names in sorted(homes.items()):
        if len(names) > 1:
            yield f"guest {vmid} is in {len(names)} pools, {' and '.join(names)}; it can be in one only"


def _unknown(pools: Sequence[Pool], directory: Directory, parts: Sequence[str]) -> Iterator[str]:
    for pool in pools:
        own = [("vmids", vmid) for vmid in pool.guests]
        named = sorted({*own, *parts_of(pool.members)}, key=lambda pair: (pair[0], str(pair[1])))
        for part, value in named:
            if part in parts and not directory.find(part, value):
                yield f"pool {pool.name} names {PARTS[part]} {value}, which no guest matches"


def _templates(found: Mapping[str, set[int]], cluster: Cluster) -> Iterator[str]:
    for name, vmids in found.items():
        wrong = sorted(vmid for vmid in vmids if _is_template(cluster, vmid))
        if wrong:
            yield f"pool {name} has guest {', '.join(map(str, wrong))} as a member, which is a template and never runs"

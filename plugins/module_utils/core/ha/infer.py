# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What Proxmox infers from the rules that it keeps (proxmox-crs 9, inferences 2 and 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.ha.index import by_sid
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import NodeAffinity, ResourceAffinity


def implied_negative(
    positive: Iterable[ResourceAffinity], negative: Iterable[ResourceAffinity]
) -> Iterator[ResourceAffinity]:
    """Who must be apart from one member of a positive rule must be apart from all of them."""
    index = by_sid(negative)
    for rule in positive:
        for stranger, told in _apart_from(rule, index).items():
            names = tuple(sorted({name for names in told.values() for name in names}))
            for member in sorted(rule.sids - told.keys()):
                yield ResourceAffinity(
                    name=f"{rule.name}/{member}/{stranger}",
                    sids=frozenset({member, stranger}),
                    is_positive=False,
                    inferred_from=(*names, rule.name),
                )


def _apart_from(rule: ResourceAffinity, index: Mapping[str, list[ResourceAffinity]]) -> dict[str, dict[str, list[str]]]:
    """By stranger, in order: the members that rules keep apart from it, and the names of these rules."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for member in sorted(rule.sids):
        for negative in index[member]:
            for stranger in negative.sids - {member}:
                found[stranger][member].append(negative.name)
    return dict(sorted(found.items()))


def with_partners(on_nodes: Iterable[NodeAffinity], positive: Iterable[ResourceAffinity]) -> tuple[NodeAffinity, ...]:
    """If one member of a positive rule belongs on certain nodes, all do."""
    rules = {rule.name: rule for rule in on_nodes}
    order = {name: number for number, name in enumerate(rules)}
    homes = {sid: [rule.name for rule in named] for sid, named in by_sid(rules.values()).items()}
    for affinity in positive:
        named = {name for sid in affinity.sids for name in homes.get(sid, ())}
        if not named:
            continue
        first = min(named, key=order.__getitem__)
        for sid in affinity.sids - rules[first].sids:
            homes.setdefault(sid, []).append(first)
        rules[first] = replace(rules[first], sids=rules[first].sids | affinity.sids)
    return tuple(rules.values())

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Which guests a rule means, and what it names that does not exist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import translate
from re import compile as expression

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule

# parts of a selector in the order of complaints, and what a complaint calls them
PARTS = {"vmids": "guest", "names": "guest", "tags": "tag", "pools": "pool", "types": "type", "patterns": "pattern"}

PATTERNS = "patterns"


@dataclass(frozen=True, slots=True)
class Directory:
    """Guests by what rules may name: part of the selector -> value -> vmids."""

    entries: Mapping[str, Mapping[object, list[int]]]

    def members(self, selector: GuestSelector) -> set[int]:
        """The guests that match any part of the selector."""
        return {vmid for part, value in parts_of(selector) for vmid in self.find(part, value)}

    def find(self, part: str, value: object) -> list[int]:
        if part != PATTERNS:
            return self.entries[part].get(value, [])
        fits = expression(translate(str(value))).match
        return [vmid for name, vmids in self.entries["names"].items() if fits(str(name)) for vmid in vmids]


def directory_of(cluster: Cluster) -> Directory:
    entries: dict[str, dict[object, list[int]]] = {part: defaultdict(list) for part in PARTS}
    for guest in cluster.guests:
        named: tuple[tuple[str, object], ...] = (
            ("vmids", guest.vmid),
            ("names", guest.name),
            ("pools", guest.pool),
            ("types", guest.type),
            *(("tags", tag) for tag in guest.tags),
        )
        for part, value in named:
            entries[part][value].append(guest.vmid)
    return Directory({part: dict(found) for part, found in entries.items()})


def parts_of(selector: GuestSelector) -> list[tuple[str, object]]:
    """Every value with the part that it stands in."""
    return [(part, value) for part in PARTS for value in getattr(selector, part)]


def unknown_names(cluster: Cluster, directory: Directory, rule: Rule) -> Iterator[str]:
    """What the rule names and the cluster does not have, in words."""
    yield from (
        f"rule {rule.name} names node {node}, which the cluster does not have"
        for node in rule.nodes
        if node not in cluster.node_by_name
    )
    for part, word in PARTS.items():
        unmatched = [value for value in getattr(rule.guests, part) if not directory.find(part, value)]
        yield from (f"rule {rule.name} names {word} {value}, which no guest matches" for value in sorted(unmatched))

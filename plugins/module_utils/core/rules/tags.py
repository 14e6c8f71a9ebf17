# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Tags of guests -> clauses (drs-model 3.1), and complaints about tags that stand for no rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import (
    RUN_ON,
    SEPARATE,
    TAG_RANK,
    TOGETHER,
    Clause,
    Demands,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rules.declared import PAIR, in_scope

# What follows the prefix and goes before a name.
GROUPING = {"together-": TOGETHER, "separate-": SEPARATE}
ON, OFF, PREFERRED = "on-", "not-on-", "prefer-"
PLACING = (ON, OFF, PREFERRED)
STARTS = (*GROUPING, *PLACING)
PIN, IGNORE = "pin", "ignore"


@dataclass(frozen=True, slots=True)
class Tag:
    """Such as drs-on-pve1, which starts with on- after the prefix and names pve1; `start` is empty for all others."""

    text: str
    start: str
    name: str


Marked = Mapping[Tag, list[Guest]]


def tagged(cluster: Cluster, policy: Policy) -> Demands:
    """Wishes, unless tags are trusted. Without a prefix, no tag stands for anything."""
    marked = _marked(cluster, policy.tag_prefix) if policy.tag_prefix else {}
    counted = {tag: [guest for guest in guests if in_scope(guest, policy)] for tag, guests in marked.items()}
    nodes = {name.casefold(): name for name in cluster.node_by_name}
    clauses = (*_groups(counted), *_places(counted, nodes, ON), *_places(counted, nodes, OFF))
    preferred = tuple(_places(counted, nodes, PREFERRED))
    return Demands(
        binding=clauses if policy.trust_tags else (),
        wishes=preferred if policy.trust_tags else (*clauses, *preferred),
        ineffective=tuple(_complaints(marked, nodes)),
    )


def _marked(cluster: Cluster, prefix: str) -> dict[Tag, list[Guest]]:
    """Guests by the tags that begin with the prefix, in order of the tags."""
    start = f"{prefix}-"
    found: dict[str, list[Guest]] = defaultdict(list)
    for guest in cluster.guests:
        for tag in guest.tags:
            if tag.startswith(start):
                found[tag].append(guest)
    return {_tag(text, start): found[text] for text in sorted(found)}


def _tag(text: str, prefix: str) -> Tag:
    rest = text.removeprefix(prefix)
    start = next((start for start in STARTS if rest.startswith(start) and rest != start), "")
    return Tag(text, start, rest.removeprefix(start))


def _groups(marked: Marked) -> Iterator[Clause]:
    for tag, guests in marked.items():
        if tag.start in GROUPING and len(guests) >= PAIR:
            vmids = tuple(guest.vmid for guest in guests)
            yield Clause(source=f"tag {tag.text}", type=GROUPING[tag.start], vmids=vmids, rank=TAG_RANK)


def _places(marked: Marked, nodes: Mapping[str, str], start: str) -> Iterator[Clause]:
    """One for each guest: it may be on any node that one of its tags names, or on none of these."""
    tags: dict[int, list[Tag]] = defaultdict(list)
    for tag, guests in marked.items():
        for guest in guests if tag.start == start else ():
            tags[guest.vmid].append(tag)
    for vmid, named in sorted(tags.items()):
        found = frozenset(nodes[tag.name.casefold()] for tag in named if tag.name.casefold() in nodes)
        texts = ", ".join(tag.text for tag in named)
        yield Clause(
            source=f"{'tags' if len(named) > 1 else 'tag'} {texts} of guest {vmid}",
            type=RUN_ON,
            vmids=(vmid,),
            nodes=frozenset(nodes.values()) - found if start == OFF else found,
            rank=TAG_RANK,
            is_barring=start == OFF,
        )


def _complaints(marked: Marked, nodes: Mapping[str, str]) -> Iterator[str]:
    for tag, guests in marked.items():
        if not tag.start and tag.name not in (PIN, IGNORE):
            yield f"tag {tag.text} stands for no rule"
        elif tag.start in PLACING and tag.name.casefold() not in nodes:
            yield f"tag {tag.text} names node {tag.name}, which the cluster does not have"
        elif tag.start in GROUPING and len(guests) < PAIR:
            yield f"tag {tag.text} has no effect: {guests[0].vmid} is its only guest"

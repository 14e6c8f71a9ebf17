# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Tags of guests -> clauses (drs-model 3.1), and complaints about tags that stand for no rule."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
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
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import Directory

# What follows the prefix and goes before a name.
GROUPING = {"together-": TOGETHER, "separate-": SEPARATE}
ON, OFF, PREFERRED = "on-", "not-on-", "prefer-"
PLACING = (ON, OFF, PREFERRED)
STARTS = (*GROUPING, *PLACING)
PIN, IGNORE = "pin", "ignore"
BY_HAND, AUTO = "manual", "auto"
# What drs_rules writes ends in the rule that it stands for: drs-on-pve1+licensed, drs-pin+appliance, drs-together+web.
BY_RULE = re.compile(
    r"(?P<what>together|separate|pin|ignore|(?:on|not-on|prefer)-[^+]+)\+(?P<rule>[a-z0-9]+(?:-[a-z0-9]+)*)"
)


@dataclass(frozen=True, slots=True)
class Tag:
    """Such as drs-on-pve1, which starts with on- after the prefix and names pve1; `start` is empty for all others.

    `rule` is the declared rule that a tag such as drs-on-pve1+licensed was written for.
    """

    text: str
    start: str
    name: str
    rule: str = ""


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
    written = BY_RULE.fullmatch(rest)
    what, rule = (written["what"], written["rule"]) if written else (rest, "")
    if rule and f"{what}-" in GROUPING:
        return Tag(text, f"{what}-", rule, rule)
    start = next((start for start in STARTS if what.startswith(start) and what != start), "")
    return Tag(text, start, what.removeprefix(start), rule)


def rule_of_tag(text: str, prefix: str) -> str | None:
    """The declared rule that drs_rules wrote a tag for, as the tag calls it; None for all other tags."""
    start = f"{prefix}-"
    return (_tag(text, start).rule or None) if text.startswith(start) else None


def holding_tags(texts: Iterable[str], prefix: str, kind: str) -> list[str]:
    """Of these tags those that pin or ignore a guest, whoever wrote them."""
    start = f"{prefix}-"
    return sorted(text for text in texts if text.startswith(start) and _is(_tag(text, start), kind))


def marking_tags(policy: Policy, directory: Directory, kind: str) -> list[str]:
    """Tags of guests that mark these as one kind, such as drs-pin; without a prefix there are none."""
    tags = map(str, directory.entries["tags"])
    return holding_tags(tags, policy.tag_prefix, kind) if policy.tag_prefix else []


def _is(tag: Tag, kind: str) -> bool:
    return not tag.start and tag.name == kind


def _groups(marked: Marked) -> Iterator[Clause]:
    for tag, guests in marked.items():
        if tag.start in GROUPING and len(guests) >= PAIR:
            vmids = tuple(guest.vmid for guest in guests)
            yield Clause(source=f"tag {tag.text}", type=GROUPING[tag.start], vmids=vmids, rank=TAG_RANK)


def _places(marked: Marked, nodes: Mapping[str, str], start: str) -> Iterator[Clause]:
    """One for each guest: it may be on any node that one of its tags names, or on none of these.

    What was written for different rules holds side by side.
    """
    tags: dict[tuple[int, str], list[Tag]] = defaultdict(list)
    for tag, guests in marked.items():
        for guest in guests if tag.start == start else ():
            tags[guest.vmid, tag.rule].append(tag)
    for (vmid, _rule), named in sorted(tags.items()):
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
        if not tag.start and tag.name not in (PIN, IGNORE, BY_HAND, AUTO):
            yield f"tag {tag.text} stands for no rule"
        elif tag.start in PLACING and tag.name.casefold() not in nodes:
            yield f"tag {tag.text} names node {tag.name}, which the cluster does not have"
        elif tag.start in GROUPING and len(guests) < PAIR:
            yield f"tag {tag.text} has no effect: {guests[0].vmid} is its only guest"

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Which rules Proxmox leaves out, and why (proxmox-crs 9): all rules that a failed check involves, not the fewest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.ha.index import by_sid, touching
from ansible_collections.pve.drs.plugins.module_utils.core.ha.merge import PositiveSet, positive_sets
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import NodeAffinity, ResourceAffinity

PAIR = 2

# By code: the sentence that a report completes with "HA rule NAME is left out by Proxmox: ".
REASONS: Mapping[str, str] = {
    "guest-in-several-node-affinity-rules": "{guest} is in another node-affinity rule, too",
    "fewer-than-two-guests": "it names fewer than two guests",
    "more-guests-than-nodes": "it keeps more guests apart than the cluster has nodes",
    "shares-two-guests-with-a-positive-rule": "it keeps apart guests that belong together by {others}",
    "shares-two-guests-with-a-negative-rule": "it keeps together guests that {others} keeps apart",
    "guests-in-node-affinity-with-several-priorities": "its guests are in {others}, of which one gives nodes several priorities",
    "several-priorities-on-guests-with-resource-affinity": "its guests are in {others}, which nodes of several priorities do not go with",
    "positive-set-in-several-node-affinity-rules": "its guests, which belong together, are in several rules: {others}",
    "positive-partner-in-another-node-affinity-rule": "its guests belong together with guests of other rules: {others}",
    "negative-set-confined-to-too-few-nodes": "its guests may only use fewer nodes than there are guests, by {others}",
    "confines-negative-set-to-too-few-nodes": "it leaves too few nodes for the guests that {others} keeps apart",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedRule:
    """A rule that the HA manager leaves out; `guest` is the sid where the reason is about one."""

    rule: str
    code: str
    others: tuple[str, ...] = ()
    guest: str | None = None

    @property
    def reason(self) -> str:
        """In words."""
        return REASONS[self.code].format(guest=self.guest, others=", ".join(self.others))


class Checked:
    """Active rules as configured; each check looks at all of them."""

    def __init__(
        self, on_nodes: tuple[NodeAffinity, ...], affinities: tuple[ResourceAffinity, ...], node_count: int
    ) -> None:
        self.on_nodes = by_sid(on_nodes)
        self.affinities = affinities
        self.negative = tuple(rule for rule in affinities if not rule.is_positive)
        self.sets: tuple[PositiveSet, ...] = positive_sets(rule for rule in affinities if rule.is_positive)
        self.node_count = node_count


def _several_homes(rules: Checked) -> Iterator[DroppedRule]:
    for sid, named in sorted(rules.on_nodes.items()):
        for rule in named if len(named) > 1 else ():
            yield DroppedRule(rule=rule.name, code="guest-in-several-node-affinity-rules", guest=sid)


def _too_few(rules: Checked) -> Iterator[DroppedRule]:
    for rule in rules.affinities:
        if len(rule.sids) < PAIR:
            yield DroppedRule(rule=rule.name, code="fewer-than-two-guests")


def _too_many(rules: Checked) -> Iterator[DroppedRule]:
    """Nodes of the cluster count, online or not."""
    for rule in rules.negative:
        if len(rule.sids) > rules.node_count:
            yield DroppedRule(rule=rule.name, code="more-guests-than-nodes")


def _together_and_apart(rules: Checked) -> Iterator[DroppedRule]:
    negative = by_sid(rules.negative)
    for found in rules.sets:
        shared = Counter(rule.name for sid in found.sids for rule in negative[sid])
        for name in sorted(name for name, count in shared.items() if count >= PAIR):
            yield DroppedRule(rule=name, code="shares-two-guests-with-a-positive-rule", others=found.names)
            for positive in found.names:
                yield DroppedRule(rule=positive, code="shares-two-guests-with-a-negative-rule", others=(name,))


def _priorities(rules: Checked) -> Iterator[DroppedRule]:
    """Looks at each rule for itself, merged or not."""
    for rule in rules.affinities:
        homes = touching(rule.sids, rules.on_nodes)
        if any(home.has_priorities for home in homes):
            names = tuple(home.name for home in homes)
            yield DroppedRule(rule=rule.name, code="guests-in-node-affinity-with-several-priorities", others=names)
            for name in names:
                code = "several-priorities-on-guests-with-resource-affinity"
                yield DroppedRule(rule=name, code=code, others=(rule.name,))


def _homes_of_sets(rules: Checked) -> Iterator[DroppedRule]:
    for found in rules.sets:
        homes = tuple(home.name for home in touching(found.sids, rules.on_nodes))
        if len(homes) > 1:
            for positive in found.names:
                yield DroppedRule(rule=positive, code="positive-set-in-several-node-affinity-rules", others=homes)
            for name in homes:
                others = tuple(other for other in homes if other != name)
                yield DroppedRule(rule=name, code="positive-partner-in-another-node-affinity-rule", others=others)


def _confined(rules: Checked) -> Iterator[DroppedRule]:
    """Takes no notice of `strict`, and counts the union of the nodes."""
    for rule in rules.negative:
        homes = touching(rule.sids, rules.on_nodes)
        located = [sid for sid in rule.sids if rules.on_nodes[sid]]
        if len({node for home in homes for node in home.nodes}) < len(located):
            names = tuple(home.name for home in homes)
            yield DroppedRule(rule=rule.name, code="negative-set-confined-to-too-few-nodes", others=names)
            for name in names:
                yield DroppedRule(rule=name, code="confines-negative-set-to-too-few-nodes", others=(rule.name,))


CHECKS: tuple[Callable[[Checked], Iterator[DroppedRule]], ...] = (
    _several_homes,
    _too_few,
    _too_many,
    _together_and_apart,
    _priorities,
    _homes_of_sets,
    _confined,
)


def failed_checks(rules: Checked) -> tuple[DroppedRule, ...]:
    """In the order of the checks; a rule may be named more than once."""
    return tuple(dropped for check in CHECKS for dropped in check(rules))

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Which HA rules the manager drops because they cannot be obeyed, in the words of the real daemons (pve-api.md 8.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .ha_data import HaRule

NODE, RESOURCE = "node-affinity", "resource-affinity"
PAIR = 2
Complaint = tuple[str, str]

TAKEN = "resource '{}' is already used in another node affinity rule"
LONELY = "rule is ineffective as there are less than two resources"
CROWD = "rule defines more resources than available nodes"
SHARES = "rule shares two or more resources with a {} resource affinity rule"
GRADED = "resources are in node affinity rules with multiple priorities"
GRADES = "resources are in a resource affinity rule and cannot be in a node affinity rule with multiple priorities"
TORN = "resources are in multiple node affinity rules"
TEARS = (
    "at least one resource is in a positive resource affinity rule and there are other resources in at least one"
    " other node affinity rule already"
)
CONFINED = "two or more resources are restricted to less nodes than available to the resources"
CONFINES = (
    "at least one resource is in a negative resource affinity rule and this rule would restrict these to less nodes"
    " than available to the resources"
)


@dataclass(frozen=True)
class Together:
    """Overlapping positive rules seen as one: their names and all their resources."""

    names: tuple[str, ...]
    sids: frozenset[str]


@dataclass(frozen=True)
class Sorted:
    """The rules that are not disabled, by what they are about."""

    node: tuple[HaRule, ...]
    resource: tuple[HaRule, ...]
    negative: tuple[HaRule, ...]
    together: tuple[Together, ...]


def complaints(rules: Iterable[HaRule], node_count: int) -> dict[str, list[str]]:
    """Map every rule that is dropped to what stands against it; disabled rules take no part."""
    sorted_rules = _sort(rule for rule in rules if not rule.is_disabled)
    found: dict[str, list[str]] = defaultdict(list)
    for name, text in (
        *_taken_twice(sorted_rules.node),
        *_of_wrong_size(sorted_rules, node_count),
        *_of_both_signs(sorted_rules),
        *_with_priorities(sorted_rules),
        *_torn(sorted_rules),
        *_confined(sorted_rules),
    ):
        found[name].append(text)
    return dict(found)


def merged(rules: Iterable[HaRule]) -> tuple[Together, ...]:
    """Join overlapping positive rules as the daemons do: each to the first set it meets, by lowest resource."""
    sets: list[Together] = []
    for rule in sorted((rule for rule in rules if rule.sids), key=lambda rule: (min(rule.sids), rule.name)):
        met = next((k for k, one in enumerate(sets) if one.sids & rule.sids), None)
        if met is None:
            sets.append(Together((rule.name,), rule.sids))
        else:
            sets[met] = Together((*sets[met].names, rule.name), sets[met].sids | rule.sids)
    return tuple(sets)


def _sort(rules: Iterable[HaRule]) -> Sorted:
    active = tuple(rules)
    resource = tuple(rule for rule in active if rule.type == RESOURCE)
    return Sorted(
        node=tuple(rule for rule in active if rule.type == NODE),
        resource=resource,
        negative=tuple(rule for rule in resource if rule.affinity == "negative"),
        together=merged(rule for rule in resource if rule.affinity == "positive"),
    )


def _taken_twice(rules: Sequence[HaRule]) -> Iterable[Complaint]:
    """A resource may be in one node-affinity rule."""
    users: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        for sid in rule.sids:
            users[sid].append(rule.name)
    for sid in sorted(users):
        if len(users[sid]) > 1:
            yield from ((name, TAKEN.format(sid)) for name in users[sid])


def _of_wrong_size(rules: Sorted, node_count: int) -> Iterable[Complaint]:
    yield from ((rule.name, LONELY) for rule in rules.resource if len(rule.sids) < PAIR)
    yield from ((rule.name, CROWD) for rule in rules.negative if len(rule.sids) > node_count)


def _of_both_signs(rules: Sorted) -> Iterable[Complaint]:
    """The same two resources cannot be kept together and apart."""
    for one in rules.together:
        for rule in rules.negative:
            if len(one.sids & rule.sids) >= PAIR:
                yield from ((name, SHARES.format("negative")) for name in one.names)
                yield rule.name, SHARES.format("positive")


def _with_priorities(rules: Sorted) -> Iterable[Complaint]:
    """Resources of a resource-affinity rule must not have nodes of several priorities."""
    for rule in rules.resource:
        touched = _touching(rules.node, rule.sids)
        if any(len(set(one.nodes.values())) > 1 for one in touched):
            yield rule.name, GRADED
            yield from ((one.name, GRADES) for one in touched)


def _torn(rules: Sorted) -> Iterable[Complaint]:
    """Resources that go together must not have several node-affinity rules."""
    for one in rules.together:
        touched = _touching(rules.node, one.sids)
        if len(touched) > 1:
            yield from ((name, TORN) for name in one.names)
            yield from ((rule.name, TEARS) for rule in touched)


def _confined(rules: Sorted) -> Iterable[Complaint]:
    """Resources that keep apart need as many nodes as there are of them; strictness does not count."""
    for rule in rules.negative:
        touched = _touching(rules.node, rule.sids)
        bound = {sid for one in touched for sid in one.sids & rule.sids}
        if len({node for one in touched for node in one.nodes}) < len(bound):
            yield rule.name, CONFINED
            yield from ((one.name, CONFINES) for one in touched)


def _touching(rules: Iterable[HaRule], sids: frozenset[str]) -> list[HaRule]:
    return [rule for rule in rules if rule.sids & sids]

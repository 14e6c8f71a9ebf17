# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""From what is to what should be: single changes, in an order in which Proxmox VE takes each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    HaConfig,
    NodeAffinity,
    ResourceAffinity,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.entries import (
    GROUP,
    HA_KINDS,
    MEMBER,
    RULE,
    TAGS,
    Entries,
    Entry,
    Key,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.ha import refusal, with_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry that is made (`before` None), changed or removed (`after` None)."""

    key: Key
    before: Entry | None
    after: Entry | None


def changes(before: Entries, after: Entries) -> tuple[Change, ...]:
    """HA rules, HA groups, their members, tags; by name."""
    differing = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    order = (*HA_KINDS, TAGS)
    return tuple(
        Change(key=key, before=before.get(key), after=after.get(key))
        for key in sorted(differing, key=lambda key: (order.index(key[0]), key[1]))
    )


def applied(entries: Entries, done: Iterable[Change]) -> dict[Key, Entry]:
    """The entries after these changes."""
    result = dict(entries)
    for change in done:
        result.pop(change.key, None)
        if change.after is not None:
            result[change.key] = change.after
    return result


def merged(done: Iterable[Change]) -> tuple[Change, ...]:
    """One change for each entry, from its first state to its last; without those that came to nothing."""
    found: dict[Key, Change] = {}
    for change in done:
        first = found.get(change.key)
        found[change.key] = replace(change, before=first.before) if first else change
    return tuple(change for change in found.values() if change.before != change.after)


def steps(wanted: Iterable[Change], config: HaConfig, node_count: int) -> tuple[Change, ...]:
    """The changes one after the other; `config` is the HA configuration that they begin with.

    Groups are made before guests join them, and go when their last guest has left.
    """
    by_kind: dict[str, list[Change]] = {kind: [] for kind in (*HA_KINDS, TAGS)}
    for change in wanted:
        by_kind[change.key[0]].append(change)
    groups = by_kind[GROUP]
    return (
        *_rule_steps(by_kind[RULE], config, node_count),
        *(change for change in groups if change.after is not None),
        *by_kind[MEMBER],
        *(change for change in groups if change.after is None),
        *by_kind[TAGS],
    )


def _rule_steps(wanted: Iterable[Change], config: HaConfig, node_count: int) -> Iterator[Change]:
    """What goes, then whatever the rules at the time allow. Where they allow nothing, one of them is switched off first."""
    single = [part for change in wanted for part in _parts(change)]
    waiting = [change for change in single if change.after is not None]
    for change in single:
        if change.after is None:
            config = _with(config, change)
            yield change
    while waiting:
        change = _next(waiting, config, node_count)
        config = _with(config, change)
        yield change
        waiting = [_after(change, other) for other in waiting if other.after != change.after or other.key != change.key]


def _parts(change: Change) -> tuple[Change, ...]:
    """An HA rule of another type is another rule."""
    if change.before is None or change.after is None or type(change.before) is type(change.after):
        return (change,)
    return replace(change, after=None), replace(change, before=None)


def _after(done: Change, other: Change) -> Change:
    return replace(other, before=done.after) if other.key == done.key else other


def _next(waiting: list[Change], config: HaConfig, node_count: int) -> Change:
    for change in waiting:
        if not _is_refused(config, change, node_count):
            return change
    for change in waiting:
        if isinstance(change.before, NodeAffinity | ResourceAffinity) and not change.before.is_disabled:
            return replace(change, after=replace(change.before, is_disabled=True))
    return waiting[0]


def _is_refused(config: HaConfig, change: Change, node_count: int) -> bool:
    rule = change.after
    if not isinstance(rule, NodeAffinity | ResourceAffinity) or rule.is_disabled:
        return False
    return refusal(_with(config, replace(change, after=None)), rule, node_count) is not None


def _with(config: HaConfig, change: Change) -> HaConfig:
    """Only rules matter here."""
    name = change.key[1]
    left = replace(
        config,
        node_affinities=tuple(rule for rule in config.node_affinities if rule.name != name),
        resource_affinities=tuple(rule for rule in config.resource_affinities if rule.name != name),
    )
    rule = change.after
    return with_rules(left, [rule]) if isinstance(rule, NodeAffinity | ResourceAffinity) else left

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Entries and changes in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaGroup, NodeAffinity, ResourceAffinity
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.changes import Change
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.entries import (
    GROUP,
    MEMBER,
    RULE,
    TAGS,
    Entry,
    Key,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.naming import rules_in
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.plan import RulePlan

ACTIONS = {(False, True): "create", (True, True): "change", (True, False): "remove"}


def action(change: Change) -> str:
    """create, change or remove."""
    return ACTIONS[change.before is not None, change.after is not None]


def title(cluster: Cluster, key: Key) -> str:
    """What an entry is about."""
    kind, name = key
    if kind in (RULE, GROUP):
        return f"HA {kind} {name}"
    return f"HA group of {_guest_of(cluster)[name]}" if kind == MEMBER else f"tags of {_guest_of(cluster)[name]}"


def lines(cluster: Cluster, entry: Entry | None) -> list[str]:
    """An entry point by point; nothing for one that is not there."""
    if entry is None:
        return []
    if isinstance(entry, str):
        return [entry]
    if isinstance(entry, frozenset):
        return sorted(entry)
    if isinstance(entry, HaGroup):
        away = [] if entry.fails_back else ["guests do not return by themselves"]
        return [_nodes(entry.nodes, is_strict=entry.is_restricted), *away, f"comment: {entry.comment}"]
    return list(_rule_lines(cluster, entry))


def _rule_lines(cluster: Cluster, rule: NodeAffinity | ResourceAffinity) -> Iterator[str]:
    if isinstance(rule, NodeAffinity):
        yield _nodes(rule.nodes, is_strict=rule.is_strict)
    else:
        yield "guests keep together" if rule.is_positive else "guests keep apart"
    names = _guest_of(cluster)
    yield from (names.get(sid, sid) for sid in sorted(rule.sids))
    if rule.is_disabled:
        yield "switched off"
    yield f"comment: {rule.comment}"


def _nodes(nodes: Mapping[str, int], *, is_strict: bool) -> str:
    texts = (f"{node}:{priority}" if priority else node for node, priority in sorted(nodes.items()))
    return f"{'only on' if is_strict else 'best on'} {', '.join(texts)}"


def _guest_of(cluster: Cluster) -> dict[str, str]:
    """By sid and by vmid as text."""
    return {name: f"guest {guest.label}" for guest in cluster.guests for name in (guest.sid, str(guest.vmid))}


def drift(plan: RulePlan) -> list[str]:
    """How the cluster differs from the declaration, one sentence each."""
    texts = [_difference(plan.cluster, change) for change in plan.changes]
    stale = (
        f"{title(plan.cluster, key)}: there, but not declared ({', '.join(lines(plan.cluster, entry))})"
        for key, entry in plan.left.items()
    )
    return [*texts, *(f"{text}; purge removes it" for text in stale)]


def _difference(cluster: Cluster, change: Change) -> str:
    name = title(cluster, change.key)
    before, after = (lines(cluster, entry) for entry in (change.before, change.after))
    if change.before is None:
        return f"{name}: not there yet ({', '.join(after)})"
    if change.after is None:
        return f"{name}: there, but not declared ({', '.join(before)})"
    gone = [line for line in before if line not in after]
    new = [line for line in after if line not in before]
    parts = [f"lacks {', '.join(new)}"] * bool(new) + [f"has {', '.join(gone)}"] * bool(gone)
    return f"{name}: {' and '.join(parts)}"


def change_diff(cluster: Cluster, done: Iterable[Change]) -> dict[str, str]:
    """As Ansible shows it: a paragraph for each entry."""
    listed = tuple(done)
    return {
        "before_header": "rules in Proxmox VE before",
        "after_header": "rules in Proxmox VE after",
        "before": _paragraphs(cluster, {change.key: change.before for change in listed}),
        "after": _paragraphs(cluster, {change.key: change.after for change in listed}),
    }


def _paragraphs(cluster: Cluster, entries: Mapping[Key, Entry | None]) -> str:
    return "".join(
        "\n".join([title(cluster, key), *(f"  {line}" for line in lines(cluster, entry)), "\n"])
        for key, entry in entries.items()
        if entry is not None
    )


def kept_by(plan: RulePlan, short: str) -> list[str]:
    """What keeps a rule in Proxmox VE."""
    from_ha = [
        title(plan.cluster, key) for key in plan.desired if key[0] in (RULE, GROUP) and short in rules_in(key[1])
    ]
    written = {tag for (kind, _vmid), tags in plan.desired.items() if kind == TAGS for tag in _texts(tags)}
    tags = sorted(tag for tag in written if tag.endswith(f"+{short}"))
    return [*from_ha, *(f"tag {tag}" for tag in tags)]


def _texts(entry: Entry) -> frozenset[str]:
    return entry if isinstance(entry, frozenset) else frozenset()

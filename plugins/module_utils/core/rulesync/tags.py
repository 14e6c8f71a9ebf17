# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Declared rules -> tags, for what HA does not keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import RUN_ON
from ansible_collections.pve.drs.plugins.module_utils.core.rules.tags import IGNORE, OFF, ON, PIN, PREFERRED
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.entries import TAGS, Entry, Key
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.wanted import Scene, Wanted


def tag_part(scene: Scene) -> dict[Key, Entry]:
    """Tags by guest. Rules that do not count, and clusters whose tags mean nothing, have none."""
    prefix = scene.declaration.policy.tag_prefix
    found: dict[int, set[str]] = defaultdict(set)
    for wanted in scene.wanted if prefix else ():
        whats = tuple(_whats(scene, wanted)) if wanted.is_on else ()
        for vmid in _tagged(scene, wanted):
            found[vmid].update(f"{prefix}-{what}+{wanted.short}" for what in whats)
    return {(TAGS, str(vmid)): frozenset(tags) for vmid, tags in sorted(found.items()) if tags}


def _tagged(scene: Scene, wanted: Wanted) -> tuple[int, ...]:
    """A tag that groups guests is for all of them, even where HA keeps a part of the group."""
    if wanted.rule.type in (PIN, IGNORE):
        return wanted.vmids
    if wanted.is_grouping:
        return () if scene.is_for_ha_alone(wanted) else wanted.vmids
    return tuple(vmid for vmid in wanted.vmids if vmid not in scene.sids)


def _whats(scene: Scene, wanted: Wanted) -> Iterator[str]:
    """What tags say between the prefix and the rule."""
    if wanted.rule.type in (PIN, IGNORE):
        yield wanted.rule.type
    elif wanted.clause and is_tellable(wanted, scene.declaration.policy):
        nodes = sorted(node.lower() for node in wanted.rule.nodes if node in scene.base.node_by_name)
        yield from (f"{_start(wanted)}{node}" for node in nodes)
        if wanted.is_grouping:
            yield wanted.rule.type


def _start(wanted: Wanted) -> str:
    if wanted.rule.type == RUN_ON:
        return ON if wanted.is_must else PREFERRED
    return OFF


def is_tellable(wanted: Wanted, policy: Policy) -> bool:
    """Where tags are trusted they bind, and a wish has no tag but the one that says which node is preferred."""
    return wanted.is_must or not policy.trust_tags or wanted.rule.type == RUN_ON

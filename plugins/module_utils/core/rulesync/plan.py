# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The whole of it: what stands in a cluster for declared rules, what should, and what lies between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import SOFT_TYPES
from ansible_collections.pve.drs.plugins.module_utils.core.rules.tags import IGNORE, PIN
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.changes import Change, changes, steps
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.declaration import Declaration, Parted, part
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.entries import Entry, Key
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.ha import Realised, ha_part
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.tags import is_tellable, tag_part
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.wanted import Note, Scene, Wanted, scene_of

NOTHING = Realised()


@dataclass(frozen=True, kw_only=True)
class RulePlan:
    """`present` becomes `desired`; `left` was written for rules that nobody declares, and stays.

    `notes` say what Proxmox VE cannot be told, and why.
    """

    cluster: Cluster
    scene: Scene
    present: dict[Key, Entry]
    desired: dict[Key, Entry]
    left: dict[Key, Entry]
    notes: tuple[Note, ...]

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        return changes(self.present, self.desired)

    @cached_property
    def steps(self) -> tuple[Change, ...]:
        """In an order in which Proxmox VE takes them."""
        return steps(self.changes, self.cluster.ha, len(self.cluster.nodes))


def plan_rules(cluster: Cluster, declaration: Declaration) -> RulePlan:
    """Depends on nothing that it would change itself. Raises BadPolicy."""
    parted = part(cluster, declaration)
    scene = scene_of(parted.base, declaration)
    realised = NOTHING if declaration.is_absent else _realised(scene)
    return RulePlan(
        cluster=cluster,
        scene=scene,
        present=parted.present,
        desired=realised.entries,
        left=_left(parted),
        notes=realised.notes,
    )


def _left(parted: Parted) -> dict[Key, Entry]:
    return dict(sorted(parted.left.items()))


def _realised(scene: Scene) -> Realised:
    declaration = scene.declaration
    ha = ha_part(scene) if declaration.writes_ha else NOTHING
    tags = tag_part(scene) if declaration.writes_tags else {}
    notes = (
        *ha.notes,
        *(Note(rule=wanted.rule.name, text=text) for wanted in scene.wanted for text in _notes(scene, wanted)),
    )
    return Realised(entries={**ha.entries, **tags}, notes=notes)


def _notes(scene: Scene, wanted: Wanted) -> Iterator[str]:
    """Why a rule that counts has no form in Proxmox VE, or a weaker one."""
    policy, rule = scene.declaration.policy, wanted.rule
    if not wanted.is_on:
        return
    if rule.type not in (*SOFT_TYPES, PIN, IGNORE):
        yield "Proxmox VE knows nothing like it; pve.drs keeps it"
    elif wanted.clause and not is_tellable(wanted, policy):
        yield "it is a wish, and with trust_tags a tag of it would bind"
    elif wanted.clause and wanted.is_grouping and not scene.is_for_ha_alone(wanted):
        yield from _about_group(scene, wanted)


def _about_group(scene: Scene, wanted: Wanted) -> Iterator[str]:
    managed = scene.managed(wanted)
    if not wanted.is_must and managed:
        yield "it is a wish, and HA rules about guests always bind; it is told by tags"
    elif managed and scene.has_rules:
        others = ", ".join(str(vmid) for vmid in wanted.vmids if vmid not in managed)
        yield f"HA does not manage {others}, so that it keeps only a part of the rule; all of it is told by tags"
    elif managed:
        yield "before Proxmox VE 9 HA knows no rules about guests; it is told by tags"

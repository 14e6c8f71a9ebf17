# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Declared rules -> HA rules (PVE 9) and HA groups (PVE 8), for the guests that HA manages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.pve.drs.plugins.module_utils.core.ha.checks import PAIR
from ansible_collections.pve.drs.plugins.module_utils.core.ha.force import rules_in_force
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    HaConfig,
    HaGroup,
    NodeAffinity,
    ResourceAffinity,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import TOGETHER
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.entries import (
    GROUP,
    MEMBER,
    RULE,
    Entry,
    HaRule,
    Key,
    ha_entries,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.naming import MARK, comment, identifier, rules_in
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.placing import Place, places
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.wanted import Note, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """What is to be, and sentences by rule about what cannot be so."""

    entries: dict[Key, Entry] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def ha_part(scene: Scene) -> Realised:
    """An HA rule that Proxmox VE would leave out is switched off; a name that somebody else uses is not touched."""
    found, notes = places(scene)
    if not scene.has_rules:
        entries = dict(_groups(scene, found))
        return _without_taken(scene, entries, notes)
    rules: list[tuple[tuple[str, ...], HaRule]] = [
        *((place.names, _node_affinity(scene, place)) for place in found),
        *_switched_off_places(scene),
        *_affinities(scene),
    ]
    position = {wanted.rule.name: number for number, wanted in enumerate(scene.wanted)}
    rules.sort(key=lambda named: tuple(position[name] for name in named[0]))
    kept, refused = _obeyed(scene.base.ha, rules, len(scene.base.nodes))
    return _without_taken(scene, {(RULE, rule.name): rule for rule in kept}, [*notes, *refused])


def _affinities(scene: Scene) -> Iterator[tuple[tuple[str, ...], HaRule]]:
    """HA rules about guests always bind, so wishes do not become any."""
    for wanted in scene.wanted:
        sids = frozenset(scene.sids[vmid] for vmid in scene.managed(wanted))
        if wanted.clause and wanted.is_grouping and wanted.is_must and len(sids) >= PAIR:
            yield (
                (wanted.rule.name,),
                ResourceAffinity(
                    name=identifier([wanted.short]),
                    sids=sids,
                    is_positive=wanted.rule.type == TOGETHER,
                    is_disabled=not wanted.is_on,
                    comment=comment([wanted.rule.name]),
                ),
            )


def _node_affinity(scene: Scene, place: Place) -> NodeAffinity:
    return NodeAffinity(
        name=identifier(place.shorts),
        sids=frozenset(scene.sids[vmid] for vmid in place.vmids),
        nodes=dict.fromkeys(sorted(place.nodes), 0),
        is_strict=place.is_strict,
        comment=comment(place.names),
    )


def _switched_off_places(scene: Scene) -> Iterator[tuple[tuple[str, ...], HaRule]]:
    """They wait for being switched on; without a node there could be none."""
    for wanted in scene.wanted:
        vmids = scene.managed(wanted)
        if not wanted.is_on and wanted.clause and wanted.clause.nodes and vmids:
            place = Place(rules=(wanted,), vmids=vmids, nodes=wanted.clause.nodes, is_strict=wanted.is_must)
            yield place.names, replace(_node_affinity(scene, place), is_disabled=True)


def _groups(scene: Scene, found: Iterable[Place]) -> Iterator[tuple[Key, Entry]]:
    for place in found:
        name = identifier(place.shorts)
        nodes: Mapping[str, int] = dict.fromkeys(sorted(place.nodes), 0)
        yield (
            (GROUP, name),
            HaGroup(name=name, nodes=nodes, is_restricted=place.is_strict, comment=comment(place.names)),
        )
        yield from (((MEMBER, scene.sids[vmid]), name) for vmid in place.vmids)


def _obeyed(
    config: HaConfig, rules: Sequence[tuple[tuple[str, ...], HaRule]], node_count: int
) -> tuple[list[HaRule], list[Note]]:
    """The older of two that Proxmox VE would not obey beside each other stays on."""
    kept: list[HaRule] = []
    notes: list[Note] = []
    dropped = _dropped(config, node_count)
    if not _dropped(with_rules(config, [rule for _names, rule in rules]), node_count).keys() - dropped.keys():
        return [rule for _names, rule in rules], []
    for names, rule in rules:
        now = _dropped(with_rules(config, [*kept, rule]), node_count)
        new = now.keys() - dropped.keys()
        if new:
            reason = now[rule.name] if rule.name in new else f"HA rule {min(new)} would be left out, {now[min(new)]}"
            text = f"HA rule {rule.name} is switched off, as Proxmox VE would not go by it: {reason}"
            notes += [Note(rule=name, text=text, is_problem=True) for name in names]
        kept.append(replace(rule, is_disabled=True) if new else rule)
    return kept, notes


def with_rules(config: HaConfig, rules: Iterable[HaRule]) -> HaConfig:
    """These beside the others."""
    added = tuple(rules)
    return replace(
        config,
        node_affinities=(*config.node_affinities, *(rule for rule in added if isinstance(rule, NodeAffinity))),
        resource_affinities=(
            *config.resource_affinities,
            *(rule for rule in added if isinstance(rule, ResourceAffinity)),
        ),
    )


def _dropped(config: HaConfig, node_count: int) -> dict[str, str]:
    """Reasons by the name of the rule."""
    return {found.rule: found.reason for found in reversed(rules_in_force(config, node_count).dropped)}


def refusal(config: HaConfig, rule: HaRule, node_count: int) -> str | None:
    """Why Proxmox VE would not take a rule over beside those of `config`."""
    return _dropped(with_rules(config, [rule]), node_count).get(rule.name)


def _without_taken(scene: Scene, entries: dict[Key, Entry], notes: Iterable[Note]) -> Realised:
    """A membership goes with its group."""
    others = ha_entries(scene.base.ha)
    taken = sorted(name for kind, name in entries if kind != MEMBER and (kind, name) in others)
    kept = {key: entry for key, entry in entries.items() if key[1] not in taken and entry not in taken}
    told = (
        Note(rule=wanted.rule.name, text=_taken(name), is_problem=True)
        for name in taken
        for wanted in scene.wanted
        if wanted.short in rules_in(name)
    )
    return Realised(entries=kept, notes=(*notes, *told))


def _taken(name: str) -> str:
    return f"{name} is in the HA configuration, but not ours, as its comment does not begin with {MARK} - remove it there, or rename the rule"

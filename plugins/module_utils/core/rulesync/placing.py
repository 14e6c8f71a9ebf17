# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Where HA keeps guests: one set of nodes for each, as Proxmox VE takes no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.wanted import Note, Scene, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Guests for which the same rules about nodes hold, and the nodes that these leave; `is_strict`: no others."""

    rules: tuple[Wanted, ...]
    vmids: tuple[int, ...]
    nodes: frozenset[str]
    is_strict: bool

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(wanted.rule.name for wanted in self.rules)

    @property
    def shorts(self) -> tuple[str, ...]:
        return tuple(wanted.short for wanted in self.rules)


def places(scene: Scene) -> tuple[list[Place], list[Note]]:
    """What holds for one of a bundle holds for all of it, or Proxmox VE would refuse it."""
    found: dict[tuple[str, ...], Place] = {}
    notes: list[Note] = []
    for vmids in _units(scene):
        rules = [wanted for wanted in scene.wanted if _places(wanted, vmids)]
        stranger = _stranger(scene, vmids)
        if stranger:
            notes += [Note(rule=wanted.rule.name, text=stranger, is_problem=True) for wanted in rules]
        elif rules:
            place, more = _combined(scene, rules, vmids)
            notes += more
            before = found.get(place.shorts)
            together = tuple(sorted({*vmids, *(before.vmids if before else ())}))
            found[place.shorts] = Place(rules=place.rules, vmids=together, nodes=place.nodes, is_strict=place.is_strict)
    return list(found.values()), list(dict.fromkeys(notes))


def _units(scene: Scene) -> Iterator[tuple[int, ...]]:
    """Guests that HA manages and that must share a node, by their lowest; most often a single one."""
    for vmid in sorted(scene.sids):
        bundle = scene.compiled.bundles.get(vmid)
        members = tuple(other for other in bundle.vmids if other in scene.sids) if bundle else (vmid,)
        if members[0] == vmid:
            yield members


def _places(wanted: Wanted, vmids: Iterable[int]) -> bool:
    if not (wanted.is_on and wanted.clause and wanted.clause.nodes):
        return False
    return not set(wanted.vmids).isdisjoint(vmids)


def _stranger(scene: Scene, vmids: Iterable[int]) -> str | None:
    """Why nothing can be added: somebody else has said already where these guests belong."""
    config = scene.base.ha
    sids = {scene.sids[vmid]: vmid for vmid in vmids}
    for rule in config.node_affinities:
        bound = sorted(rule.sids & sids.keys())
        if bound and not rule.is_disabled:
            return f"guest {sids[bound[0]]} is in HA rule {rule.name}, which is no declared rule's, and Proxmox VE takes one rule about nodes for each guest"
    for resource in config.resources:
        if resource.sid in sids and resource.group:
            return f"guest {sids[resource.sid]} is in HA group {resource.group}, which is no declared rule's, and can be in one group only"
    return None


def _combined(scene: Scene, rules: list[Wanted], vmids: tuple[int, ...]) -> tuple[Place, list[Note]]:
    """Nodes that all of the rules leave. Wishes give way to what must be, and to wishes before them."""
    musts = [wanted for wanted in rules if wanted.is_must]
    chosen: list[Wanted] = []
    nodes = frozenset(scene.base.node_by_name)
    for wanted in musts or rules:
        allowed = wanted.clause.nodes if wanted.clause else nodes
        if nodes & allowed:
            nodes &= allowed
            chosen.append(wanted)
    place = Place(rules=tuple(chosen), vmids=vmids, nodes=nodes, is_strict=bool(musts))
    yielding = [wanted.rule.name for wanted in rules if wanted not in chosen]
    names = ", ".join(f"rule {name}" for name in place.names)
    text = f"HA does not know of it for {_guests(vmids)}: Proxmox VE takes one rule about nodes for each guest, and {names} comes first"
    return place, [Note(rule=name, text=text) for name in yielding]


def _guests(vmids: tuple[int, ...]) -> str:
    return f"guest{'s' if len(vmids) > 1 else ''} {', '.join(map(str, vmids))}"

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""High availability in scenario files: resources at their guests, rules and groups in `ha`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .reading import ScenarioError, Section, one_of, text, texts, whole, yes_or_no
from .world.ha_data import HaGroup, HaResource, HaRule, HaSpec
from .world.model import Guest

STATES = ("started", "stopped", "enabled", "disabled", "ignored")


def read_ha(section: Section, of_guests: Mapping[int, object], guests: Sequence[Guest]) -> HaSpec:
    """Resources, rules, groups and nodes that start in maintenance."""
    sids = {guest.vmid: guest.sid for guest in guests}
    resources = tuple(_resource(sids[vmid], value) for vmid, value in of_guests.items())
    known = {resource.sid for resource in resources}
    spec = HaSpec(
        resources=resources,
        rules=tuple(_rule(name, row, sids, known) for name, row in section.sections("rules")),
        groups=tuple(_group(name, row) for name, row in section.sections("groups")),
        maintenance=section.take("maintenance", texts, ()),
    )
    section.done()
    return spec


def _resource(sid: str, value: object) -> HaResource:
    section = Section(f"scenario.guests[{sid}].ha", {"state": value} if isinstance(value, str) else value)
    given = section.rest()
    section = Section(section.place, given)
    resource = HaResource(
        sid=sid,
        state=section.take("state", one_of(*STATES), "started"),
        max_restart=section.take("max_restart", whole, 1),
        max_relocate=section.take("max_relocate", whole, 1),
        failback=section.take("failback", yes_or_no, default=True),
        group=section.take("group", text, None),
        comment=section.take("comment", text, ""),
        given={"state": "started"} | given,
    )
    section.done()
    return resource


def _rule(name: str, section: Section, sids: Mapping[int, str], known: set[str]) -> HaRule:
    kind = section.take("type", one_of("node-affinity", "resource-affinity"))
    rule = HaRule(
        name=name,
        type=kind,
        sids=frozenset(_sid(section, entry, sids, known) for entry in section.take("resources", texts)),
        nodes=section.take("nodes", priorities) if kind == "node-affinity" else {},
        strict=section.take("strict", yes_or_no, default=False),
        affinity=section.take("affinity", one_of("positive", "negative")) if kind == "resource-affinity" else None,
        is_disabled=section.take("disable", yes_or_no, default=False),
        comment=section.take("comment", text, ""),
    )
    section.done()
    return rule


def _group(name: str, section: Section) -> HaGroup:
    group = HaGroup(
        name=name,
        nodes=section.take("nodes", priorities),
        restricted=section.take("restricted", yes_or_no, default=False),
        nofailback=section.take("nofailback", yes_or_no, default=False),
        comment=section.take("comment", text, ""),
    )
    section.done()
    return group


def priorities(value: object) -> dict[str, int]:
    """Nodes with priorities, from a mapping or from a list such as [pve1, "pve2:2"]."""
    if isinstance(value, dict):
        return {str(node): whole(priority) for node, priority in value.items()}
    found = (entry.partition(":") for entry in texts(value))
    return {node: int(priority or 0) for node, _unused, priority in found}


def _sid(section: Section, entry: str, sids: Mapping[int, str], known: set[str]) -> str:
    vmid = entry.partition(":")[2] or entry
    sid = sids.get(int(vmid)) if vmid.isdigit() else None
    if sid not in known or sid is None:
        raise ScenarioError(f"{section.place}.resources: '{entry}' is no guest with `ha`")
    return sid

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""From HA groups to rules: what PVE 9 makes of the groups of PVE 8 (pve-api.md 8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ha_data import HaGroup, HaResource, HaRule

if TYPE_CHECKING:
    from .ha import Ha
    from .model import Node

FIRST_WITH_RULES = 9
SETTLED = ("active", "wait_for_agent_lock")


def generated_rules(ha: Ha) -> tuple[HaRule, ...]:
    """The rules that groups with resources amount to; they are listed before they are written."""
    users: dict[str, set[str]] = {}
    for resource in ha.resources.values():
        if resource.group in ha.groups:
            users.setdefault(str(resource.group), set()).add(resource.sid)
    return tuple(_rule(ha.groups[name], frozenset(sids)) for name, sids in users.items())


def _rule(group: HaGroup, sids: frozenset[str]) -> HaRule:
    comment = group.comment or f"Generated from HA group '{group.name}'."
    return HaRule(
        f"ha-group-{group.name}", "node-affinity", sids, group.nodes, strict=group.restricted, comment=comment
    )


def migrate_groups(ha: Ha) -> None:
    """Write rules in place of groups, once every node runs PVE 9 and no local manager is busy with maintenance."""
    if not ha.world.is_pve9 or not ha.groups or not _is_everybody_ready(ha):
        return
    rules = (*ha.rules.rules, *generated_rules(ha))
    for resource in ha.resources.values():
        if resource.group in ha.groups:
            _give_failback(resource, ha.groups[str(resource.group)])
    ha.groups.clear()
    ha.use_rules(rules)


def _give_failback(resource: HaResource, group: HaGroup) -> None:
    resource.failback = not group.nofailback
    resource.group = None
    resource.given.pop("group", None)
    resource.given["failback"] = int(resource.failback)


def _is_everybody_ready(ha: Ha) -> bool:
    return all(
        node.online and _generation(node) >= FIRST_WITH_RULES and ha.lrms[name].state in SETTLED
        for name, node in ha.world.nodes.items()
    )


def _generation(node: Node) -> int:
    """The first number of a node's version; without one it runs what the world plays, which is 9 here."""
    return int(node.pve_version.split(".")[0]) if node.pve_version else FIRST_WITH_RULES

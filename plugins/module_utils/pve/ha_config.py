# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Answers of /cluster/ha -> the HA configuration (pve-api 8). No input or output."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    ARMED,
    FROZEN,
    IGNORING,
    HaConfig,
    HaGroup,
    HaResource,
    NodeAffinity,
    ResourceAffinity,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, Rows, flag, items, text, whole


def ha_config(resources: Rows, rules: Rows, groups: Rows, manager: Row) -> HaConfig:
    """In the order of the rules; answers come in any order."""
    ordered = sorted(rules, key=lambda row: (whole(row.get("order")) or 0, str(row.get("rule"))))
    return HaConfig(
        resources=tuple(sorted(map(_resource, resources), key=lambda resource: resource.sid)),
        node_affinities=tuple(_node_affinity(row) for row in ordered if row.get("type") == "node-affinity"),
        resource_affinities=tuple(_resource_affinity(row) for row in ordered if row.get("type") == "resource-affinity"),
        groups=tuple(sorted(map(_group, groups), key=lambda group: group.name)),
        mode=_mode(manager),
    )


def has_groups(resources: Rows) -> bool:
    """PVE 9 leaves groups at their resources until it has made rules of them."""
    return any(text(row.get("group")) for row in resources)


def _resource(row: Row) -> HaResource:
    return HaResource(
        sid=str(row.get("sid")),
        state=text(row.get("state")) or "started",
        group=text(row.get("group")),
        fails_back=flag(row.get("failback", 1)),
        auto_rebalance=flag(row.get("auto-rebalance", 1)),
        comment=text(row.get("comment")) or "",
    )


def _node_affinity(row: Row) -> NodeAffinity:
    return NodeAffinity(
        name=str(row.get("rule")),
        sids=frozenset(items(row.get("resources"))),
        nodes=_priorities(row),
        is_strict=flag(row.get("strict")),
        is_disabled=flag(row.get("disable")),
        comment=text(row.get("comment")) or "",
    )


def _resource_affinity(row: Row) -> ResourceAffinity:
    return ResourceAffinity(
        name=str(row.get("rule")),
        sids=frozenset(items(row.get("resources"))),
        is_positive=row.get("affinity") == "positive",
        is_disabled=flag(row.get("disable")),
        comment=text(row.get("comment")) or "",
    )


def _group(row: Row) -> HaGroup:
    return HaGroup(
        name=str(row.get("group")),
        nodes=_priorities(row),
        is_restricted=flag(row.get("restricted")),
        fails_back=not flag(row.get("nofailback")),
        comment=text(row.get("comment")) or "",
    )


def _priorities(row: Row) -> dict[str, int]:
    """Nodes with or without a number, as in `pve1:2,pve2`; without one it is 0."""
    parts = (entry.partition(":") for entry in items(row.get("nodes")))
    return {node: whole(priority) or 0 for node, _unused, priority in parts}


def _mode(manager: Row) -> str:
    """While HA is being disarmed, and in mode freeze, guests are to stay; in mode ignore they are no HA guests then."""
    status = manager.get("manager_status")
    disarm = status.get("disarm") if isinstance(status, dict) else None
    if not isinstance(disarm, dict) or not disarm:
        return ARMED
    return IGNORING if (disarm.get("mode"), disarm.get("state")) == ("ignore", "disarmed") else FROZEN

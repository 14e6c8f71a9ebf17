# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""HA groups: the forerunner of rules, in force up to PVE 8 (pve-api.md 8.2)."""

from __future__ import annotations

from simulator.answers import failure
from simulator.table.formats import split_list
from simulator.world.ha_data import HaGroup
from simulator.world.ha_rules import RuleSet

from .call import Call, Handler, Row, digest_of

MIGRATED = "ha groups have been migrated to rules"


def node_priorities(text: str) -> dict[str, int]:
    """Read `pve1:2,pve2`; a node without a number has priority 0."""
    parts = (part.partition(":") for part in split_list(text))
    return {name: int(priority or 0) for name, _, priority in parts}


def priority_text(nodes: dict[str, int]) -> str:
    """Write priorities as the API does, sorted by node."""
    return ",".join(f"{name}:{priority}" if priority else name for name, priority in sorted(nodes.items()))


def _require_groups(call: Call, verb: str) -> None:
    if call.is_nine:
        raise failure(f"cannot {verb}: {MIGRATED}")


def _row(call: Call, group: HaGroup) -> Row:
    row: Row = {"group": group.name, "type": "group", "nodes": priority_text(dict(group.nodes))}
    row["digest"] = digest_of([[g.name, dict(g.nodes)] for g in call.world.ha.groups.values()])
    flags = {"restricted": group.restricted, "nofailback": group.nofailback}
    row |= {name: 1 for name, is_set in flags.items() if is_set}
    return row | ({"comment": group.comment} if group.comment else {})


def groups(call: Call) -> list[Row]:
    """List groups."""
    _require_groups(call, "index groups")
    return [_row(call, group) for group in call.world.ha.groups.values()]


def group(call: Call) -> Row:
    """Give one group."""
    _require_groups(call, "read group")
    name = call.params["group"]
    if name not in call.world.ha.groups:
        raise failure(f"no such ha group '{name}'")
    return _row(call, call.world.ha.groups[name])


def create(call: Call) -> None:
    """Make a group; unknown nodes are accepted."""
    _require_groups(call, "create group")
    call.world.require_quorum(call.node)
    name = call.params["group"]
    ha = call.world.ha
    if name in ha.groups:
        raise failure(f"create ha group failed: ha group ID '{name}' already defined")
    ha.groups[name] = HaGroup(
        name,
        node_priorities(call.params["nodes"]),
        restricted=bool(call.param("restricted")),
        nofailback=bool(call.param("nofailback")),
        comment=call.param("comment", ""),
    )
    ha.rules = RuleSet(ha.rules.rules, dict(ha.groups))


HANDLERS: dict[str, Handler] = {
    "GET /cluster/ha/groups": groups,
    "POST /cluster/ha/groups": create,
    "GET /cluster/ha/groups/{group}": group,
}

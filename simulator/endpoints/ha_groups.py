# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""HA groups: the forerunner of rules, in force up to PVE 8 (pve-api.md 8.2)."""

from __future__ import annotations

from dataclasses import replace

from simulator.answers import failure
from simulator.table.formats import split_list
from simulator.world.ha_data import HaGroup

from .call import Call, Handler, Row, digest_of

CHANGED = "detected modified configuration - file changed by other user? Try again."
DEFAULTS: Row = {"comment": "", "nofailback": False, "restricted": False}
MIGRATED = "ha groups have been migrated to rules"


def node_priorities(text: str) -> dict[str, int]:
    """Read `pve1:2,pve2`; a node without a number has priority 0."""
    parts = (part.partition(":") for part in split_list(text))
    return {name: int(priority or 0) for name, _unused, priority in parts}


def priority_text(nodes: dict[str, int]) -> str:
    """Write priorities as the API does, sorted by node."""
    return ",".join(f"{name}:{priority}" if priority else name for name, priority in sorted(nodes.items()))


def _require_groups(call: Call, verb: str) -> None:
    if call.is_nine and not call.world.ha.has_groups:
        raise failure(f"cannot {verb}: {MIGRATED}")


def _digest(call: Call) -> str:
    return digest_of(
        [[g.name, dict(g.nodes), g.restricted, g.nofailback, g.comment] for g in call.world.ha.groups.values()]
    )


def _row(call: Call, group: HaGroup) -> Row:
    row: Row = {"group": group.name, "type": "group", "nodes": priority_text(dict(group.nodes))}
    row["digest"] = _digest(call)
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
    return _row(call, _found(call))


def create(call: Call) -> None:
    """Make a group; unknown nodes are accepted."""
    _require_groups(call, "create group")
    call.world.require_quorum(call.node)
    name = call.params["group"]
    ha = call.world.ha
    if name in ha.groups:
        raise failure(f"create ha group failed: ha group ID '{name}' already defined")
    made = HaGroup(
        name,
        node_priorities(call.params["nodes"]),
        restricted=bool(call.param("restricted")),
        nofailback=bool(call.param("nofailback")),
        comment=call.param("comment", ""),
    )
    _store(call, made)


def change(call: Call) -> None:
    """Change a group; `delete` takes options back to their defaults."""
    _require_groups(call, "update group")
    call.world.require_quorum(call.node)
    old = _found(call)
    if call.param("digest", _digest(call)) != _digest(call):
        raise failure(f"update ha group failed: {CHANGED}")
    changes: Row = {name: call.params[name] for name in DEFAULTS if name in call.params}
    changes |= _cleared(call)
    nodes = node_priorities(call.params["nodes"]) if "nodes" in call.params else old.nodes
    _store(call, replace(old, nodes=nodes, **changes))


def _cleared(call: Call) -> Row:
    """Options that the request takes back, with their defaults."""
    names = split_list(call.param("delete", ""))
    for name in names:
        if name not in DEFAULTS:
            problem = "unable to delete required" if name == "nodes" else "no such"
            raise failure(f"update ha group failed: {problem} option '{name}'")
    return {name: DEFAULTS[name] for name in names}


def _found(call: Call) -> HaGroup:
    name = call.params["group"]
    if name not in call.world.ha.groups:
        raise failure(f"no such ha group '{name}'")
    return call.world.ha.groups[name]


def _store(call: Call, group: HaGroup) -> None:
    ha = call.world.ha
    ha.groups[group.name] = group
    ha.use_rules(ha.rules.rules)


def remove(call: Call) -> None:
    """Remove a group that no resource uses."""
    _require_groups(call, "delete group")
    call.world.require_quorum(call.node)
    ha = call.world.ha
    name = _found(call).name
    if any(resource.group == name for resource in ha.resources.values()):
        raise failure(f"delete group failed: ha group is used by a resource ('{name}')")
    del ha.groups[name]
    ha.use_rules(ha.rules.rules)


HANDLERS: dict[str, Handler] = {
    "GET /cluster/ha/groups": groups,
    "POST /cluster/ha/groups": create,
    "GET /cluster/ha/groups/{group}": group,
    "PUT /cluster/ha/groups/{group}": change,
    "DELETE /cluster/ha/groups/{group}": remove,
}

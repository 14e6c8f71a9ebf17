# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Build clusters the way one would describe them: 8c/100G is eight cores and a hundred GiB."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources

GIB = 2.0**30
UNITS = {"M": 2.0**20, "G": GIB, "T": 2.0**40}
AMOUNT = re.compile(r"(?P<cpu>\d+(?:\.\d+)?)c/(?P<memory>\d+(?:\.\d+)?)(?P<unit>[MGT])")

NodeText = str | Node | Mapping[str, Any]
GuestText = str | Guest | Mapping[str, Any]


def amount(text: str | Resources) -> Resources:
    """Read `0.5c/12G`."""
    if isinstance(text, Resources):
        return text
    found = AMOUNT.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no amount; write cores and memory like 8c/100G")
    return Resources(float(found["cpu"]), float(found["memory"]) * UNITS[found["unit"]])


def a_node(
    name: str = "a", capacity: str | None = "8c/100G", usage: str | Resources | None = "0c/0G", **facts: Any
) -> Node:
    """An online node unless `facts` say otherwise."""
    known = (amount(figure) if figure is not None else None for figure in (capacity, usage))
    return Node(name=name, capacity=next(known), usage=next(known), **facts)


def a_guest(vmid: int = 101, node: str = "a", demand: str = "1c/10G", size: str | None = None, **facts: Any) -> Guest:
    """A running virtual machine that uses all of its memory, unless `facts` say otherwise."""
    wanted = amount(demand)
    configured = amount(size) if size else Resources(max(1.0, ceil(wanted.cpu)), wanted.memory)
    tags = frozenset(facts.pop("tags", ()))
    return Guest(vmid=vmid, node=node, demand=wanted, size=configured, tags=tags, **facts)


def a_cluster(nodes: Mapping[str, NodeText], guests: Iterable[GuestText] = (), **facts: Any) -> Cluster:
    """A cluster whose nodes use what their guests demand (plus `overhead`), unless a node says otherwise.

    Nodes: {a: 8c/100G, b: {capacity: 8c/100G, overhead: 0c/5G}}; guests: ["101 a 1c/10G", ...] or mappings.
    """
    all_guests = tuple(_guest(guest) for guest in guests)
    return Cluster(
        nodes=tuple(_node(name, node, all_guests) for name, node in nodes.items()), guests=all_guests, **facts
    )


def _guest(description: GuestText) -> Guest:
    if isinstance(description, Guest):
        return description
    if isinstance(description, str):
        vmid, node, demand = description.split()
        return a_guest(int(vmid), node, demand)
    return a_guest(**description)


def _node(name: str, description: NodeText, guests: Iterable[Guest]) -> Node:
    if isinstance(description, Node):
        return description
    facts = {"capacity": description} if isinstance(description, str) else dict(description)
    overhead = amount(facts.pop("overhead", NOTHING))
    if facts.get("status", "online") != "online":
        return a_node(name, facts.pop("capacity", None), usage=facts.pop("usage", None), **facts)
    facts.setdefault("usage", sum((g.demand for g in guests if g.node == name and g.is_active), start=overhead))
    return a_node(name, **facts)


def moved(cluster: Cluster, plan: Plan) -> Cluster:
    """The cluster as it is when every move of the plan was carried out and nothing else has changed."""
    used = {node.name: node.usage for node in cluster.nodes}
    for planned in plan.moves:
        guest = cluster.guest_by_vmid[planned.move.vmid]
        demand = guest.demand if guest.is_active else NOTHING
        used[planned.move.source] = (used[planned.move.source] or NOTHING) - demand
        used[planned.move.target] = (used[planned.move.target] or NOTHING) + demand
    return replace(
        cluster,
        nodes=tuple(replace(node, usage=used[node.name]) for node in cluster.nodes),
        guests=tuple(replace(guest, node=plan.placement_after[guest.vmid]) for guest in cluster.guests),
    )

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Build clusters the way one would describe them: 8c/100G is eight cores and a hundred GiB."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import Balloon, LocalStorage, LocalVolume
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
    if "disk" in facts:
        facts["local_volumes"] = disks(facts.pop("disk"))
    if isinstance(facts.get("balloon"), str):
        facts["balloon"] = a_balloon(facts["balloon"])
    return Guest(vmid=vmid, node=node, demand=wanted, size=configured, tags=tags, **facts)


def disks(size: str | Mapping[str, str] | None) -> tuple[LocalVolume, ...] | None:
    """On storage local, or by storage; nothing where it is zero, None where it is not known."""
    if size is None:
        return None
    by_storage = size if isinstance(size, Mapping) else {"local": size}
    sizes = {name: amount(f"0c/{one}").memory for name, one in by_storage.items()}
    return tuple(LocalVolume(storage=name, pool=name, name="disk-0", bytes=one) for name, one in sizes.items() if one)


def a_balloon(text: str) -> Balloon:
    """What it has now and the least it may be left with, such as 12G/4G."""
    now, least = (amount(f"0c/{size}").memory for size in text.split("/"))
    return Balloon(bytes=now, least_bytes=least)


def a_storage(name: str, used: str, total: str, **facts: Any) -> LocalStorage:
    """A local storage with amounts like 60G."""
    used_bytes, total_bytes = (amount(f"0c/{size}").memory for size in (used, total))
    return LocalStorage(id=name, used_bytes=used_bytes, total_bytes=total_bytes, **facts)


def a_cluster(nodes: Mapping[str, NodeText], guests: Iterable[GuestText] = (), **facts: Any) -> Cluster:
    """A cluster whose nodes use what their guests demand (plus `overhead`), unless a node says otherwise.

    Nodes: {a: 8c/100G, b: {capacity: 8c/100G, overhead: 0c/5G, disks: {local: 60G/100G}}};
    guests: ["101 a 1c/10G", ...] or mappings, which may name what lies on local storage as `disk: 50G`,
    or `disk: {local: 20G, fast: 30G}`.
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
    if "disks" in facts:
        disks = facts.pop("disks").items()
        facts["local_storages"] = tuple(a_storage(storage, *text.split("/")) for storage, text in disks)
    overhead = amount(facts.pop("overhead", NOTHING))
    if facts.get("status", "online") != "online":
        return a_node(name, facts.pop("capacity", None), usage=facts.pop("usage", None), **facts)
    facts.setdefault("usage", sum((g.demand for g in guests if g.node == name and g.is_active), start=overhead))
    return a_node(name, **facts)


def with_local_bytes(node: Node, change: float) -> Node:
    """Its local storages, in one piece, hold so much more or less."""
    if not node.local_storages or not change:
        return node
    pools = {(s.plugintype, s.used_bytes, s.total_bytes) for s in node.local_storages}
    used, total = sum(pool[1] for pool in pools), sum(pool[2] for pool in pools)
    return replace(
        node, local_storages=(LocalStorage(id="local", used_bytes=max(0.0, used + change), total_bytes=total),)
    )


def moved(cluster: Cluster, plan: Plan) -> Cluster:
    """The cluster as it is when every move of the plan was carried out and nothing else has changed."""
    used = {node.name: node.usage for node in cluster.nodes}
    local: dict[str, float] = defaultdict(float)
    for planned in plan.moves:
        guest = cluster.guest_by_vmid[planned.move.vmid]
        demand = guest.demand if guest.is_active else NOTHING
        used[planned.move.source] = (used[planned.move.source] or NOTHING) - demand
        used[planned.move.target] = (used[planned.move.target] or NOTHING) + demand
        local[planned.move.source] -= guest.local_bytes or 0.0
        local[planned.move.target] += guest.local_bytes or 0.0
    return replace(
        cluster,
        nodes=tuple(with_local_bytes(replace(n, usage=used[n.name]), local[n.name]) for n in cluster.nodes),
        guests=tuple(replace(guest, node=plan.placement_after[guest.vmid]) for guest in cluster.guests),
    )

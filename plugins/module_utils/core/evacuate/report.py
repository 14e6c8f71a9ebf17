# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""An evacuation, or the way home, as data and as text: who is left and why, homes, and the room that is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import (
    BLOCKED,
    IGNORED,
    LEFT_TO_HA,
    MOVED_SINCE,
    SHUT_DOWN,
    SKIPPED,
    STAYS_OFF,
    EvacuationPlan,
    Left,
    Reserve,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Home

Report = dict[str, Any]
GIB = 2.0**30
# What is said of guests that stay, by kind.
WORDS: Mapping[str, str] = {
    BLOCKED: "cannot be moved",
    IGNORED: "is left alone by a rule",
    SKIPPED: "is a running container (containers is skip)",
    LEFT_TO_HA: "is left to the HA manager",
    SHUT_DOWN: "is shut down and stays",
    MOVED_SINCE: "does not go home",
    STAYS_OFF: "stays off",
}


def left_report(left: Iterable[Left], cluster: Cluster) -> list[Report]:
    """One entry for each guest, with the first reason against each node; target None stands for all of them."""
    return [
        {
            "vmid": one.vmid,
            "name": cluster.guest_by_vmid[one.vmid].name,
            "node": one.node,
            "kind": one.kind,
            "reasons": [{"target": r.target, "constraint": r.constraint, "reason": r.reason} for r in one.refusals],
        }
        for one in left
    ]


def homes_report(homes: Iterable[Home]) -> list[Report]:
    """As option homes takes them."""
    return [
        {
            "vmid": home.vmid,
            "node": home.node,
            "target": home.target,
            "was_running": home.was_running,
            "time": round(home.time, 1),
        }
        for home in sorted(homes, key=lambda home: home.vmid)
    ]


def headroom_report(plan: EvacuationPlan) -> Report:
    """What the nodes that are left can still take, in all and each, and whether they could lose one more."""
    rooms = plan.headroom
    return {
        "nodes": [{"node": r.node, "cpu_cores": _short(r.cpu), "memory_bytes": round(r.memory)} for r in rooms],
        "cpu_cores": _short(sum(room.cpu for room in rooms)),
        "memory_bytes": round(sum(room.memory for room in rooms)),
        "can_lose_one_more": bool(plan.reserve and plan.reserve.is_enough),
        "worst_loss": _loss(plan.reserve) if plan.reserve else None,
    }


def evacuation_text(plan: EvacuationPlan, cluster: Cluster) -> str:
    """Sections that follow the report of the plan."""
    sections = (_left(plan, cluster), _power(plan, cluster), _room(plan))
    return "".join("\n" + "\n".join(lines) + "\n" for lines in map(tuple, sections) if lines)


def label_of(cluster: Cluster, vmid: int) -> str:
    guest = cluster.guest_by_vmid.get(vmid)
    return guest.label if guest else str(vmid)


def _short(cores: float) -> float:
    return round(cores, 2)


def _loss(reserve: Reserve) -> Report:
    return {
        "node": reserve.node,
        "guests_without_room": reserve.guests,
        "memory_bytes": round(reserve.memory),
        "cpu_cores": _short(reserve.cpu),
    }


def _left(plan: EvacuationPlan, cluster: Cluster) -> Iterator[str]:
    if plan.left:
        yield "Guests that stay"
    for one in plan.left:
        yield f"  {label_of(cluster, one.vmid)} on {one.node} {WORDS[one.kind]}"
        yield from (f"    {refusal.target or 'any node'}: {refusal.reason}" for refusal in one.refusals)


def _power(plan: EvacuationPlan, cluster: Cluster) -> Iterator[str]:
    for title, vmids in (("Shut down before", plan.shut_down), ("Started afterwards", plan.starts)):
        if vmids:
            yield f"{title}: {', '.join(label_of(cluster, vmid) for vmid in vmids)}"


def _room(plan: EvacuationPlan) -> Iterator[str]:
    yield "Room afterwards"
    width = max((len(room.node) for room in plan.headroom), default=0)
    for room in plan.headroom:
        yield f"  {room.node:<{width}}  {room.memory / GIB:8.1f} GiB  {room.cpu:6.1f} cores"
    yield f"  {_reserve_line(plan.reserve)}"


def _reserve_line(reserve: Reserve | None) -> str:
    if reserve is None:
        return "no node is left that could take over from another one"
    if reserve.is_enough:
        return "any one of these nodes could be lost: the others have room for all that runs there"
    return (
        f"if {reserve.node} were lost, {reserve.guests} guest(s) with {reserve.memory / GIB:.1f} GiB "
        f"and {reserve.cpu:.1f} cores would find no room"
    )

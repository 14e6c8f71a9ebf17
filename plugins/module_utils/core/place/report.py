# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Starts as data and as text; shares in percent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import (
    IGNORED,
    LEFT_TO_HA,
    PLACED,
    RECOMMENDED,
    REFUSED,
    RUNS,
    Expected,
    Placed,
    Ranked,
    Started,
    StartPlan,
)
from ansible_collections.pve.drs.plugins.module_utils.core.report import percent

Report = dict[str, Any]
Doings = Mapping[int, Started]
GIB = 2.0**30
NOTHING_DONE: Doings = MappingProxyType({})
# What is said of a guest, by kind.
WORDS: Mapping[str, str] = {
    PLACED: "",
    RECOMMENDED: " (recommended)",
    REFUSED: "has no node",
    RUNS: "runs already",
    LEFT_TO_HA: "is left to the HA manager",
    IGNORED: "is left alone by a rule",
}


def starts_report(plan: StartPlan, cluster: Cluster, doings: Doings = NOTHING_DONE) -> list[Report]:
    """One entry for each guest, in order of vmid."""
    guests = guests_of(plan, cluster)
    return [_entry(one, guests[one.vmid], doings.get(one.vmid)) for one in plan.placed]


def placements_report(plan: StartPlan, cluster: Cluster) -> dict[str, str]:
    """The node of each guest that has one, by name, or by vmid where it has no name of its own."""
    guests = guests_of(plan, cluster)
    names = [guests[one.vmid].name for one in plan.placed]
    keys = {v: g.name if g.name and names.count(g.name) == 1 else str(v) for v, g in guests.items()}
    return {keys[one.vmid]: one.target for one in plan.placed if one.target}


def loads_report(plan: StartPlan) -> list[Report]:
    """Of each node, before and with all guests that have a node."""
    before = {load.node: load for load in plan.before.loads}
    return [
        {
            "node": load.node,
            "load_percent_before": percent(before[load.node].load),
            "load_percent_after": percent(load.load),
            "guests_before": before[load.node].guests,
            "guests_after": load.guests,
        }
        for load in plan.after.loads
    ]


def starts_text(plan: StartPlan, cluster: Cluster, doings: Doings = NOTHING_DONE) -> str:
    """To be read, or pasted into a change request."""
    title = f"pve.drs: starts on cluster {cluster.name}, policy {plan.policy.name}, method {plan.policy.method}"
    guests = guests_of(plan, cluster)
    sections = (
        (title, "=" * len(title)),
        (_summary(plan), *(line for one in plan.placed for line in _lines(one, guests[one.vmid]))),
        tuple(_loads(plan)),
        tuple(_listed("Rules that do not count", map(str, plan.disabled_rules))),
        tuple(_listed("Notices", plan.notices)),
        tuple(_listed("Outcome", (_done(each, guests[vmid]) for vmid, each in sorted(doings.items())))),
    )
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def guests_of(plan: StartPlan, cluster: Cluster) -> dict[int, Guest]:
    """Those of the cluster and those that are to be created."""
    return cluster.guest_by_vmid | {newcomer.guest.vmid: newcomer.guest for newcomer in plan.newcomers}


def _entry(one: Placed, guest: Guest, done: Started | None) -> Report:
    return {
        "vmid": one.vmid,
        "name": guest.name,
        "type": guest.type,
        "kind": one.kind,
        "node": one.source or None,
        "target": one.target,
        "reason": one.reason,
        "expected": _expected(one.expected) if one.expected else None,
        "ranked": [_ranked(ranked) for ranked in one.ranked],
        "refusals": [
            {"node": refusal.target, "constraint": refusal.constraint, "reason": refusal.reason}
            for refusal in one.refusals
        ],
        "outcome": _outcome(done) if done else None,
    }


def _expected(known: Expected) -> Report:
    return {
        "cpu_cores": round(known.demand.cpu, 2),
        "memory_bytes": round(known.demand.memory),
        "room_bytes": round(known.room.memory),
        "source": known.source,
    }


def _ranked(ranked: Ranked) -> Report:
    return {
        "node": ranked.node,
        "load_percent": percent(ranked.load),
        "cpu_percent": percent(ranked.cpu),
        "memory_percent": percent(ranked.memory),
        "figure_percent": percent(ranked.figure),
    }


def _outcome(done: Started) -> Report:
    return {"status": done.status, "reason": done.reason, "node": done.node, "running": done.is_running}


def _summary(plan: StartPlan) -> str:
    found = sum(one.target is not None for one in plan.placed)
    held = "; nothing is done, as all were wanted or none" if plan.withheld else ""
    return f"Guests: {found} of {len(plan.placed)} have a node, ranked by {plan.figure}{held}"


def _lines(one: Placed, guest: Guest) -> Iterator[str]:
    is_going = one.kind in (PLACED, RECOMMENDED)
    way = f"{_way(one)}{WORDS[one.kind]}" if is_going else WORDS[one.kind]
    yield f"  {guest.label} {way}: {one.reason}"
    if one.expected:
        demand, room = one.expected.demand, one.expected.room
        needs = f"{demand.cpu:.1f} cores and {demand.memory / GIB:.1f} GiB"
        yield f"    expected to use {needs} by {one.expected.source}; needs room for {room.memory / GIB:.1f} GiB"
    if one.ranked:
        yield f"    load there: {', '.join(f'{each.node} {100 * each.load:.1f} %' for each in one.ranked)}"
    yield from (f"    not {refusal.target}: {refusal.reason}" for refusal in one.refusals)


def _way(one: Placed) -> str:
    return f"{one.source or 'new'} -> {one.target}" if one.source != one.target else f"stays on {one.target}"


def _loads(plan: StartPlan) -> Iterator[str]:
    yield "Load, before and with all of them"
    width = max((len(load.node) for load in plan.after.loads), default=0)
    for load in loads_report(plan):
        before, after = load["load_percent_before"], load["load_percent_after"]
        count = f"{load['guests_before']} -> {load['guests_after']} running guests"
        yield f"  {load['node']:<{width}}  {before:6.1f} % -> {after:6.1f} %  {count}"


def _listed(title: str, entries: Iterable[str]) -> Iterator[str]:
    lines = [f"  - {entry}" for entry in entries]
    if lines:
        yield title
        yield from lines


def _done(done: Started, guest: Guest) -> str:
    where = f"on {done.node}" if done.node else "nobody knows where"
    return f"{guest.label} {done.status}: {done.reason}, {where}, {'running' if done.is_running else 'not running'}"

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A cluster over simulated time: what Proxmox's balancer sees in each round, and the moves that it makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ansible_collections.pve.drs.plugins.module_utils.core.crs.affinity import (
    Affinities,
    Situation,
    affinities,
    leaders,
)
from ansible_collections.pve.drs.plugins.module_utils.core.crs.imbalance import NORMALISED, RAW
from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import Candidate, CrsGuest, CrsNode, expanded
from ansible_collections.pve.drs.plugins.module_utils.core.crs.rounds import (
    CRS_METHODS,
    Choice,
    CrsSettings,
    choose,
    look,
)
from ansible_collections.pve.drs.plugins.module_utils.core.crs.usage import static_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.ha.bundles import Service
from ansible_collections.pve.drs.plugins.module_utils.core.ha.force import rules_in_force
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from tests.conformance.crs.cluster import Case, guest_of, near, nodes_of, ranking_differences
from tests.conformance.crs.rules import config_of

AFTER_LAST_EVENT = 600
MOTION_ENDS = 60


@dataclass(slots=True)
class World:
    """Guests with the time from which each counts and may be moved; where those under way are going, and until when."""

    case: Case
    settings: CrsSettings
    rules: Affinities
    nodes: dict[str, CrsNode]
    guests: dict[str, CrsGuest] = field(default_factory=dict)
    active_from: dict[str, int] = field(default_factory=dict)
    counts_from: dict[str, int] = field(default_factory=dict)
    online: set[str] = field(default_factory=set)
    under_way: dict[str, tuple[str, int]] = field(default_factory=dict)
    over: int = 0

    @property
    def is_static(self) -> bool:
        return self.settings.mode == "static"


def differences(case: Case) -> Iterator[str]:
    """What Proxmox sees or does otherwise than we do, in both generations."""
    for generation in (RAW, NORMALISED):
        yield from (f"{generation}: {text}" for text in _run(case, generation))


def _run(case: Case, generation: str) -> Iterator[str]:
    world, expected = _world(case, generation), case["expected"][generation]
    decisions = {found["time"]: found for found in expected["decisions"]}
    rounds = {found["time"]: found for found in expected["rounds"]}
    moves: list[Case] = []
    step = case["round_seconds"]
    last = max((event["time"] for event in case["events"]), default=0)
    for now in range(step, last + AFTER_LAST_EVENT, step):
        _advance(world, now)
        yield from _round(world, now, rounds.get(now), decisions.get(now), moves)
    yield from _moves_differ(moves, expected["migrations"])


def _world(case: Case, generation: str) -> World:
    crs, rules = case["crs"], rules_in_force(config_of(case), len(case["nodes"]))
    settings = CrsSettings(
        mode=crs["mode"],
        method=crs["method"],
        threshold=crs["threshold"],
        margin=crs["margin"],
        hold_rounds=crs["hold_duration"],
        generation=generation,
    )
    world = World(case, settings, affinities(rules, tuple(case["nodes"])), nodes_of(case))
    first = 2 * case["round_seconds"]
    for sid, found in case["guests"].items():
        if found["requested_state"] == "started":
            _add(world, sid, found, counts=first, active=first)
    for sid, found in _in_motion(case).items():
        world.under_way[sid] = (found["target"], MOTION_ENDS)
    return world


def _in_motion(case: Case) -> dict[str, Case]:
    status = case.get("initial_ha_status") or {}
    services: dict[str, Case] = status.get("service_status", status.get("services", status))
    return {sid: found for sid, found in services.items() if isinstance(found, dict) and found.get("target")}


def _add(world: World, sid: str, found: Case, *, counts: int, active: int) -> None:
    world.guests[sid] = guest_of(sid, found)
    world.counts_from[sid], world.active_from[sid] = counts, active


def _advance(world: World, now: int) -> None:
    """Arrivals, then events up to now."""
    for sid, (target, arrives) in list(world.under_way.items()):
        if arrives <= now:
            world.guests[sid] = replace(world.guests[sid], node=target)
            del world.under_way[sid]
    since = now - world.case["round_seconds"]
    for event in world.case["events"]:
        if since < event["time"] <= now:
            _apply(world, event)


def _apply(world: World, event: Case) -> None:
    if event["op"] in ("power", "network"):
        (world.online.add if event["value"] == "on" else world.online.discard)(event["node"])
    elif event["op"] == "add-guest":
        later = event["time"] + world.case["round_seconds"]
        is_counted = event.get("running") and not world.is_static
        _add(world, event["sid"], event, counts=event["time"] if is_counted else later, active=later)
    elif event["op"] in ("set-usage", "set-size"):
        _resize(world, event)


def _resize(world: World, event: Case) -> None:
    guest = world.guests[event["sid"]]
    kind, names = ("usage", ("cpu", "mem")) if event["op"] == "set-usage" else ("maximum", ("maxcpu", "maxmem"))
    was: Resources = getattr(guest, kind)
    now = Resources(event.get(names[0], was.cpu), event.get(names[1], was.memory))
    world.guests[event["sid"]] = replace(guest, usage=now) if kind == "usage" else replace(guest, maximum=now)


def _round(world: World, now: int, theirs: Case | None, decision: Case | None, moves: list[Case]) -> Iterator[str]:
    if theirs is None or bool(world.under_way) != theirs["motion"]:
        yield f"round at {now}: motion should be {theirs and theirs['motion']}, is {bool(world.under_way)}"
        return
    if world.under_way:
        return
    nodes = _nodes(world, now)
    seen = look(nodes, world.settings, world.over)
    world.over = seen.kept
    ours = (seen.over, seen.is_due)
    if not near(seen.imbalance, theirs["imbalance"]):
        yield f"round at {now}: imbalance should be {theirs['imbalance']}, is {seen.imbalance}"
    if ours != (theirs["rounds_over_threshold"], theirs.get("asked_for_move", False)):
        yield f"round at {now}: count and due should be {theirs}, are {ours}"
    if seen.is_due:
        yield from _decide(world, now, nodes, decision, moves)


def _decide(
    world: World, now: int, nodes: dict[str, CrsNode], decision: Case | None, moves: list[Case]
) -> Iterator[str]:
    candidates = _candidates(world, now)
    if decision:
        ranked = CRS_METHODS[world.settings.method](nodes, candidates, world.settings.generation, len(candidates))
        yield from ranking_differences(f"decision at {now}", ranked, decision["ranking"])
    choice = choose(nodes, candidates, world.settings)
    if choice:
        moves.append(_move(world, now, choice))
        arrives = now + 2 * world.case["round_seconds"]
        partners = world.rules.together.get(choice.candidate.sid, frozenset())
        for sid in {*choice.candidate.members, *(partners & world.guests.keys())}:
            world.under_way[sid] = (choice.candidate.target, arrives)


def _nodes(world: World, now: int) -> dict[str, CrsNode]:
    counted = [guest for sid, guest in world.guests.items() if world.counts_from[sid] <= now]
    idle = {
        name: replace(node, usage=Resources(0.0, 0.0)) for name, node in world.nodes.items() if name in world.online
    }
    if world.is_static:
        return static_nodes(idle, counted)
    for guest in counted:
        if guest.node in idle:
            node = idle[guest.node]
            idle[guest.node] = replace(node, usage=node.usage + guest.usage)
    return idle


def _candidates(world: World, now: int) -> tuple[Candidate, ...]:
    services = {
        sid: Service(node=guest.node, state="started" if world.active_from[sid] <= now else "request_start")
        for sid, guest in world.guests.items()
    }
    situation = Situation(services=services, targets={}, online=tuple(sorted(world.online)))
    return expanded(leaders(world.rules, situation), world.guests, static=world.is_static)


def _move(world: World, now: int, choice: Choice) -> Case:
    candidate = choice.candidate
    return {
        "time": now,
        "sid": candidate.sid,
        "task": "relocate" if candidate.sid.startswith("ct:") else "migrate",
        "source": candidate.source,
        "target": candidate.target,
        "imbalance_before": choice.before,
        "imbalance_after": choice.after,
    }


def _moves_differ(ours: list[Case], theirs: list[Case]) -> Iterator[str]:
    if len(ours) != len(theirs):
        yield f"there should be {len(theirs)} moves, not {len(ours)}"
    for mine, other in zip(ours, theirs, strict=False):
        for key, value in mine.items():
            is_same = near(value, other[key]) if isinstance(value, float) else value == other[key]
            if not is_same:
                yield f"{mine['sid']} at {mine['time']}: {key} should be {other[key]}, is {value}"

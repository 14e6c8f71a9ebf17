# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The engine for a replay of recorded load: `plan` decides once per cycle what to move, with the policy for scheduled runs."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any


def _make_importable(root: Path) -> None:
    """Let `ansible_collections.pve.drs` mean this checkout, whatever its folder is called."""
    paths = {"ansible_collections": [], "ansible_collections.pve": [], "ansible_collections.pve.drs": [str(root)]}
    for name, path in paths.items():
        module = sys.modules.setdefault(name, ModuleType(name))
        module.__path__ = path
        parent, child = name.rpartition(".")[::2]
        if parent:
            setattr(sys.modules[parent], child, module)


if "ansible_collections.pve.drs" not in sys.modules:
    _make_importable(Path(__file__).resolve().parents[1])

# ruff: noqa: E402
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES, SCHEDULED
from ansible_collections.pve.drs.plugins.module_utils.core.forecast.observe import observed
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.demand import NO_HABITS, Habits
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, Hold, PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy

GIB = 2.0**30
CYCLE_SECONDS = 300.0
KEPT_SECONDS = 3600.0
FIRST_VMID = 100  # Proxmox VE keeps those below for itself

Given = Mapping[str, Any]


@dataclass
class State:
    """What outlives a call; a state file keeps the same for real clusters."""

    cycle: int = 0
    nodes: dict[int, str] = field(default_factory=dict)
    moves: tuple[PastMove, ...] = ()
    holds: Mapping[str, Hold] = field(default_factory=dict)
    habits: Habits = NO_HABITS


_states = [State()]  # of the replay under way


def plan(given: Given) -> list[tuple[int, int]]:
    """Moves as (guest id, node id), in the order in which they may start."""
    if _is_new(given):
        _states[:] = [State()]
    [state] = _states
    state.cycle += 1
    policy = _policy(given)
    cluster = observed(_cluster(given, state), policy.cycle_seconds, state.cycle * CYCLE_SECONDS)
    made = make_plan(cluster, policy)
    state.habits, state.holds = cluster.history.habits, made.holds
    return [
        (planned.move.vmid - FIRST_VMID, int(planned.move.target[3:])) for step in made.steps for planned in step.moves
    ]


def _is_new(given: Given) -> bool:
    """A replay starts with one sample of each guest."""
    return all(len(guest["cpu_history"]) <= 1 for guest in given["guests"])


def _policy(given: Given) -> Policy:
    policy = named_policy(POLICIES, SCHEDULED)
    return replace(policy, rules=tuple(_rules(given)), link_bytes=given["bandwidth"] * GIB, cycle_seconds=CYCLE_SECONDS)


def _rules(given: Given) -> Iterator[Rule]:
    """One rule for each group that stays apart, and for each set of nodes that guests are bound to."""
    apart: dict[int, set[int]] = defaultdict(set)
    bound: dict[tuple[int, ...], set[int]] = defaultdict(set)
    for guest in given["guests"]:
        if guest["anti"] >= 0:
            apart[guest["anti"]].add(_vmid(guest["id"]))
        if len(guest["nodes"]) < len(given["nodes"]):
            bound[tuple(guest["nodes"])].add(_vmid(guest["id"]))
    for group, vmids in sorted(apart.items()):
        yield Rule(name=f"apart-{group}", type="separate", guests=GuestSelector(vmids=frozenset(vmids)))
    for number, (nodes, vmids) in enumerate(sorted(bound.items())):
        names = tuple(_name(node) for node in nodes)
        yield Rule(name=f"bound-{number}", type="run_on", guests=GuestSelector(vmids=frozenset(vmids)), nodes=names)


def _cluster(given: Given, state: State) -> Cluster:
    """As the API would show it; what nodes use is what their guests want, within their cores or not."""
    waits = {node["id"]: node["pressure"] for node in given["nodes"]}
    guests = tuple(_guest(guest, waits[guest["node"]]) for guest in given["guests"])
    used: dict[str, Resources] = defaultdict(lambda: Resources(0.0, 0.0))
    for guest in guests:
        used[guest.node] += guest.demand
    return Cluster(
        nodes=tuple(
            Node(
                name=_name(node["id"]),
                capacity=Resources(node["cores"], node["mem"] * GIB),
                usage=used[_name(node["id"])],
            )
            for node in given["nodes"]
        ),
        guests=guests,
        history=_history(guests, state),
    )


def _guest(given: Given, waits: float) -> Guest:
    """Its demand is what it used and what it had to wait for, as pressure tells; one under way is locked."""
    return Guest(
        vmid=_vmid(given["id"]),
        node=_name(given["node"]),
        size=Resources(given["vcpus"], given["maxmem"] * GIB),
        demand=Resources(min(given["vcpus"], given["cpu"] * (1.0 + waits)), given["mem"] * GIB),
        lock=None if given["movable"] else "migrate",
    )


def _history(guests: tuple[Guest, ...], state: State) -> History:
    """Guests that are elsewhere than a cycle ago have arrived there meanwhile."""
    now = state.cycle * CYCLE_SECONDS
    before, state.nodes = state.nodes, {guest.vmid: guest.node for guest in guests}
    arrived = tuple(
        PastMove(ended=now, vmid=vmid, source=before[vmid], target=node)
        for vmid, node in state.nodes.items()
        if vmid in before and before[vmid] != node
    )
    state.moves = tuple(move for move in state.moves if now - move.ended < KEPT_SECONDS) + arrived
    return History(now=now, moves=state.moves, holds=state.holds, habits=state.habits)


def _vmid(guest: int) -> int:
    return FIRST_VMID + guest


def _name(node: int) -> str:
    return f"pve{node:02}"

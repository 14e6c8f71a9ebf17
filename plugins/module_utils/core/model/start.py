# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that are to be started, or created: what is known of them, and where they go (drs-model 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan, PlannedMove, Refusal
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources

# What becomes of a guest that is to be started: it has a node, that is for somebody to say, none may take it, it runs
# already, the HA manager finds its node, or nobody touches it.
PLACED, RECOMMENDED, REFUSED, RUNS, LEFT_TO_HA, IGNORED = (
    "placed",
    "recommended",
    "refused",
    "runs",
    "left_to_ha",
    "ignored",
)
NO_PASTS: Mapping[int, ObjectHistory] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A guest that does not exist yet, known by its size; its node is NOWHERE. The disk is on a storage, where one is named."""

    guest: Guest
    storage: str | None = None
    disk_bytes: float = 0.0

    @property
    def content(self) -> str:
        """What its storage must be for, by the words of PVE."""
        return "rootdir" if self.guest.type == "lxc" else "images"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a guest will use when it runs, from what that is known, and the room that its node must have for it."""

    demand: Resources
    room: Resources
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """A guest that was started at `time` (seconds since the epoch), and may not show yet what it will use."""

    vmid: int
    node: str
    expected: Resources
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """What the user wants started or created, and what is known beyond the cluster.

    `free_bytes` are by storage and content, and by node. `is_optimistic`: of machines with a balloon that works, the least that it
    leaves them with has to find room. With `defers_to_ha` the HA manager finds the nodes of its guests.
    """

    vmids: tuple[int, ...] = ()
    newcomers: tuple[Newcomer, ...] = ()
    is_atomic: bool = False
    is_optimistic: bool = False
    defers_to_ha: bool = False
    pasts: Mapping[int, ObjectHistory] = field(default_factory=lambda: NO_PASTS)
    commitments: tuple[Commitment, ...] = ()
    now: float = 0.0
    free_bytes: Mapping[tuple[str, str], Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A node that may take a guest, as it would be with it: load by the method, shares of cpu and memory, the policy's figure."""

    node: str
    load: float
    cpu: float
    memory: float
    figure: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One guest: from where to where, why, and all nodes with what speaks for or against them, the best first.

    `source` is empty for a guest that does not exist yet.
    """

    vmid: int
    kind: str
    source: str
    target: str | None = None
    reason: str = ""
    expected: Expected | None = None
    ranked: tuple[Ranked, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def is_open(self) -> bool:
        """Somebody wanted it to run, and it has no node."""
        return self.kind == REFUSED

    @property
    def moves(self) -> bool:
        return bool(self.source) and self.target is not None and self.target != self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """What became of one guest: status is done, failed or skipped, as of moves; where it is, None where nobody could tell."""

    vmid: int
    status: str
    reason: str
    node: str | None
    is_running: bool = False
    was_changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPlan(Plan):
    """A plan whose moves bring guests that do not run to their nodes. `figure` says what nodes are ranked by.

    `units` are guests that start together or not at all, in the order in which they do. With `withheld` nothing is done, as one
    guest has no node and all were wanted or none. `staying` are guests that start where they are, as moves that nobody makes.
    """

    placed: tuple[Placed, ...] = ()
    units: tuple[tuple[int, ...], ...] = ()
    newcomers: tuple[Newcomer, ...] = ()
    figure: str = ""
    withheld: bool = False
    staying: tuple[PlannedMove, ...] = ()

    @property
    def moves_in_question(self) -> tuple[PlannedMove, ...]:
        """Nodes that guests start on without a move have to be known as well as those that they are moved to."""
        return (*self.moves, *self.staying)

    @property
    def refused(self) -> tuple[Placed, ...]:
        return tuple(one for one in self.placed if one.is_open)


def as_start(plan: Plan) -> StartPlan:
    """The plan, known to be of this kind. Raises TypeError."""
    if not isinstance(plan, StartPlan):
        raise TypeError(f"a plan by policy {plan.policy.name} was made where one of starts is needed")
    return plan

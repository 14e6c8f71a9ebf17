# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How nodes are to be emptied, and what an evacuation leaves behind (drs-model 7)."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.homes import Home
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan, Refusal

# What to do about guests that may go nowhere.
FAIL, SKIP, SHUTDOWN = "fail", "skip", "shutdown"
# Whether should-rules keep a guest where it is.
REPORT, RELAX = "report", "relax_should"
# What to do with running containers, which cannot be moved live.
RESTART, SHUTDOWN_FIRST = "restart", "shutdown_first"
# Who moves HA guests.
EXPLICIT, MANAGER = "explicit", "manager"

# Why a guest stays: nothing could be done, rules or options say so, HA moves it later, or it is only shut down.
BLOCKED, IGNORED, SKIPPED, LEFT_TO_HA, SHUT_DOWN = "blocked", "ignored", "skipped", "left_to_ha", "shut_down"
# Why a guest does not return: it may not, or somebody else has moved it since.
MOVED_SINCE, STAYS_OFF = "moved_since", "stays_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evacuating:
    """What the user wants; of HA guests so many leave a node at the same time as it has `ha_workers`."""

    nodes: frozenset[str]
    on_blocked: str = FAIL
    on_rule_block: str = REPORT
    containers: str = RESTART
    ha_mode: str = EXPLICIT
    ha_workers: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A guest that stays on its node, why (`kind`), and the first reason against each node that could take it."""

    vmid: int
    node: str
    kind: str
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headroom:
    """What a node can still take within its limits; cpu in cores, memory in bytes, never less than nothing."""

    node: str
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Whether what runs on `node`, the worst to lose next, would fit on the others; what would not, in bytes and cores."""

    node: str
    guests: int
    memory: float
    cpu: float

    @property
    def is_enough(self) -> bool:
        return not self.guests


@dataclass(frozen=True, slots=True, kw_only=True)
class EvacuationPlan(Plan):
    """A plan, with who is left behind, who is shut down before and started after it, and what room is left then.

    `reserve` is None where fewer than two nodes are left.
    """

    left: tuple[Left, ...] = ()
    shut_down: tuple[int, ...] = ()
    starts: tuple[int, ...] = ()
    headroom: tuple[Headroom, ...] = ()
    reserve: Reserve | None = None

    @property
    def blocked(self) -> tuple[Left, ...]:
        return tuple(left for left in self.left if left.kind == BLOCKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """Guests that are to go home to these nodes, with who they are."""

    nodes: frozenset[str]
    homes: tuple[Home, ...]
    ha_workers: int = 4


def as_evacuation(plan: Plan) -> EvacuationPlan:
    """The plan, known to be of this kind. Raises TypeError."""
    if not isinstance(plan, EvacuationPlan):
        raise TypeError(f"a plan by policy {plan.policy.name} was made where one of an evacuation is needed")
    return plan

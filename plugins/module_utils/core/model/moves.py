# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a plan is made of: moves, steps of moves that may run together, and what they achieve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import DisabledRule
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import Hold
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy

# Why a guest moves (drs-model 6.2): something is broken, a node is saturated, or the load is uneven.
MANDATORY = "mandatory"
CONTENTION = "contention"
IMPROVEMENT = "improvement"


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """One guest from source to target."""

    vmid: int
    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.vmid} {self.source}->{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Moves that belong together, most often one, with why: category is mandatory, contention or improvement (6.2).

    With `tells_loads` gain and the end of the reason are told when the plan is complete, by what the moves change.
    """

    moves: tuple[Move, ...]
    category: str
    reason: str
    gain: float = 0.0
    tells_loads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a migration takes: seconds, bytes sent, seconds the guest stands still (drs-model 6.4)."""

    seconds: float
    bytes: float
    downtime_seconds: float
    converges: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMove:
    """A move in a plan; gain is the imbalance it takes away (0..1), mode is live, restart or offline.

    Moves of one step with the same `group`, the name of a bundle, start together or not at all.
    """

    move: Move
    guest_name: str
    guest_type: str
    memory_bytes: float
    mode: str
    category: str
    reason: str
    gain: float
    cost: Cost
    group: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Moves that may run at the same time."""

    moves: tuple[PlannedMove, ...]

    @property
    def seconds(self) -> float:
        return max((planned.cost.seconds for planned in self.moves), default=0.0)

    @property
    def groups(self) -> tuple[tuple[PlannedMove, ...], ...]:
        """Moves that start together or not at all, most often alone, in the order of the step."""
        groups: dict[str, list[PlannedMove]] = {}
        for planned in self.moves:
            groups.setdefault(planned.group or str(planned.move), []).append(planned)
        return tuple(tuple(group) for group in groups.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """Moves that belong together and wait for somebody's consent, with why; `id` tells the same moves again."""

    id: str
    moves: tuple[PlannedMove, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """What else the planners would do, best first, were it not for these moves of the plan.

    Each entry of `ranked` has the moves that belong together, most often one.
    """

    instead_of: tuple[PlannedMove, ...]
    ranked: tuple[tuple[PlannedMove, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a guest may not go to a node, or to none at all (target None)."""

    vmid: int
    target: str | None
    constraint: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the user asked: may this guest go there? reason None means yes; gain is the imbalance it takes away."""

    vmid: int
    target: str
    constraint: str | None
    reason: str | None
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A constraint that is broken now; excess says how badly (1.0 = one guest or 100 % of capacity).

    `vmids` are the guests of which one or all have to leave the node; none are named where any would do.
    """

    constraint: str
    node: str
    reason: str
    excess: float
    vmids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Why we act: a constraint that is violated on a node, or the load of all nodes, and the figures behind it."""

    name: str
    reason: str
    node: str | None = None

    @property
    def key(self) -> str:
        """By which it is known again."""
        return f"{self.name} {self.node}" if self.node else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLoad:
    """A node as the method, and as cpu and memory see it; fractions of capacity."""

    node: str
    load: float
    cpu: float
    memory: float
    guests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """How a cluster stands under a policy: loads, imbalance by metric, triggers and violations.

    `quiet` are limits that no node exceeds and triggers of the policy that do not fire, with their figures.
    """

    method: str
    loads: tuple[NodeLoad, ...]
    imbalance: Mapping[str, float]
    triggers: tuple[Trigger, ...]
    violations: tuple[Violation, ...]
    quiet: tuple[Trigger, ...] = ()

    @property
    def is_calm(self) -> bool:
        return not self.triggers

    @property
    def highest_load(self) -> float:
        return max((load.load for load in self.loads), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Ordered steps from one assessed placement to another, with what was refused and why.

    `cluster` is what it was decided from: a later look is judged by the same past and the same details.
    `holds` are the triggers that have not held for long enough to act on, for the next run to go on from.

    `recommended` are no steps: nobody carries them out; `after_recommended` is how the cluster would stand with them.
    `alternatives` are there where the policy asks for some, and nobody carries them out either.
    """

    policy: Policy
    fingerprint: str
    before: Assessment
    after: Assessment
    steps: tuple[Step, ...]
    refusals: tuple[Refusal, ...]
    answers: tuple[Answer, ...]
    notices: tuple[str, ...]
    placement_before: Mapping[int, str]
    placement_after: Mapping[int, str]
    disabled_rules: tuple[DisabledRule, ...] = ()
    cluster: Cluster = field(default_factory=Cluster)
    holds: Mapping[str, Hold] = field(default_factory=dict)
    recommended: tuple[Recommendation, ...] = ()
    after_recommended: Assessment | None = None
    alternatives: tuple[Alternatives, ...] = ()

    @property
    def moves(self) -> tuple[PlannedMove, ...]:
        return tuple(planned for step in self.steps for planned in step.moves)

    @property
    def moves_in_view(self) -> tuple[PlannedMove, ...]:
        """Also those that are recommended."""
        return (*self.moves, *(planned for recommendation in self.recommended for planned in recommendation.moves))

    @property
    def moves_in_question(self) -> tuple[PlannedMove, ...]:
        """Also those that might be made instead."""
        others = (moves for found in self.alternatives for moves in found.ranked)
        return (*self.moves_in_view, *(planned for moves in others for planned in moves))

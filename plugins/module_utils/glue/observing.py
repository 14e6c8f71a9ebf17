# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Look at the cluster every few seconds within one run, until a reason to act has held, is gone, or time is up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.averages import averages
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import Hold
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.sample import Sample
from ansible_collections.pve.drs.plugins.module_utils.core.observe import look_at
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import collect_with_state, with_holds
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock
from ansible_collections.pve.drs.plugins.module_utils.pve.questions import needs_before_deciding
from ansible_collections.pve.drs.plugins.module_utils.pve.sampling import EVERY_SECONDS, sampled_pause
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile

# Proxmox VE records the figures of nodes so often.
RECORDED_SECONDS = 60.0
TIME = "time"
SENTENCES = {
    "mandatory": "something has to be done at once",
    "held": "a reason to act has held",
    "no_quorum": "the cluster has no quorum",
    "quiet": "nothing was near to a reason to act",
    TIME: "the time was up",
}


@dataclass(frozen=True, slots=True)
class Spell:
    """For how long to look at most, and how far looks are apart, in seconds."""

    seconds: float
    every: float


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen: how often reasons have held in a row, the averages to go on from, and how far apart looks were at most.

    `looks` of `seconds` were taken, until it ended because of `ends`.
    """

    holds: Mapping[str, Hold]
    seed: Sample | None
    cycle_seconds: float
    looks: int
    seconds: float
    ends: str

    @property
    def notice(self) -> str:
        return f"looked {self.looks} times in {self.seconds:.0f} s before this plan was made: {SENTENCES[self.ends]}"

    @property
    def report(self) -> dict[str, Any]:
        return {"looks": self.looks, "seconds": round(self.seconds, 1), "ended": self.ends}

    def continued(self, cluster: Cluster) -> Cluster:
        """With what has held until now."""
        return replace(cluster, history=replace(cluster.history, holds=self.holds))

    def judging(self, policy: Policy) -> Policy:
        """Looks are the runs that it counts."""
        return replace(policy, cycle_seconds=self.cycle_seconds)


def spell_from(params: Mapping[str, Any], policy: Policy) -> Spell | None:
    """What options observe and observe_every say; None for a run that looks once. Raises BadPolicy."""
    seconds, every = params.get("observe") or 0, params.get("observe_every")
    if not seconds:
        return None
    needs, least = needs_before_deciding(policy), params.get("timeout")
    recorded = needs.node_history or needs.node_pressure
    spell = Spell(float(seconds), float(every or (RECORDED_SECONDS if recorded else EVERY_SECONDS)))
    if spell.seconds < (policy.hold - 1) * spell.every:
        raise BadPolicy(
            f"observe is {seconds} seconds, in which looks {spell.every:g} seconds apart cannot find that a reason "
            f"holds {policy.hold} times in a row (hold): that takes {(policy.hold - 1) * spell.every:g}"
        )
    if least is not None and least <= seconds:
        raise BadPolicy(f"timeout is {least} seconds, and observe {seconds}: no time would be left to act")
    return spell


def observe(api: Api, policy: Policy, spell: Spell, clock: Clock, state: StateFile | None) -> Observed:
    """Looks at least once; the time is counted from then, as the first look may take a minute of samples.

    Writes averages alone. Raises what collecting raises, BadPolicy, and what the clock raises.
    """
    began = clock.now()
    eye = Eye(api, policy, clock, state, cycle_seconds=spell.every)
    due, ends = began + spell.every, eye.look()
    deadline = clock.now() + spell.seconds
    while not ends:
        now = clock.now()
        due = due if due > now else now + spell.every
        if due > deadline:
            return eye.observed(now - began, TIME)
        eye.rest(due)
        due, ends = due + spell.every, eye.look()
    return eye.observed(clock.now() - began, ends)


@dataclass(slots=True)
class Eye:
    """Looks again and again, and remembers what the next look goes on from; `last` was the last look by the clock of the cluster."""

    api: Api
    policy: Policy
    clock: Clock
    state: StateFile | None
    cycle_seconds: float
    looks: int = 0
    holds: Mapping[str, Hold] | None = None
    seed: Sample | None = None
    last: float | None = None
    needs: Needs = field(init=False)

    def __post_init__(self) -> None:
        self.needs = needs_before_deciding(self.policy)

    def look(self) -> str | None:
        """Why no other look is needed, or None. However long looks take, they are in a row."""
        cluster = collect_with_state(self.api, self.needs, self.clock, self.state, self.seed)
        now = cluster.history.now
        self.cycle_seconds = max(self.cycle_seconds, now - (now if self.last is None else self.last))
        self.last, self.looks = now, self.looks + 1
        found = look_at(self._with_holds(cluster), replace(self.policy, cycle_seconds=self.cycle_seconds))
        self.holds = found.holds
        if self.needs.samples and cluster.history.nodes:
            self.seed = averages(cluster.history)
        return found.ends

    def rest(self, until: float) -> None:
        """Until that moment of the clock; averages go on meanwhile."""
        if self.seed is not None:
            self.seed = sampled_pause(self.api, self.clock, until, self.seed)
        else:
            self.clock.sleep(max(0.0, until - self.clock.now()))

    def observed(self, seconds: float, ends: str) -> Observed:
        return Observed(self.holds or {}, self.seed, self.cycle_seconds, self.looks, seconds, ends)

    def _with_holds(self, cluster: Cluster) -> Cluster:
        """Of the look before, or of the run before."""
        if self.holds is None:
            return with_holds(cluster, self.state)
        return replace(cluster, history=replace(cluster.history, holds=self.holds))

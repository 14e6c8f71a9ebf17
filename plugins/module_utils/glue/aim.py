# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a balance run wants: a policy or a saved plan, and what it has seen while it looked several times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.hold import held
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import Hold
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.sample import Sample
from ansible_collections.pve.drs.plugins.module_utils.core.saved.model import SavedPlan
from ansible_collections.pve.drs.plugins.module_utils.glue.observing import Observed, Spell, observe, spell_from
from ansible_collections.pve.drs.plugins.module_utils.glue.policy_options import Params, moving_policy
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile


@dataclass(frozen=True, slots=True)
class Aim:
    """Without a spell a run looks once, and has observed nothing before. `held` are reasons that need not hold again."""

    policy: Policy
    saved: SavedPlan | None = None
    spell: Spell | None = None
    observed: Observed | None = None
    held: Mapping[str, int] = field(default_factory=dict)

    def after_looking(self, api: Api, clock: Clock, state: StateFile | None) -> Aim:
        """Looks until the spell is over. Raises what `observe` raises."""
        if self.spell is None:
            return self
        return replace(self, observed=observe(api, self.policy, self.spell, clock, state))

    def anew(self, plan: Plan) -> Aim:
        """For another plan of the same run, after this one: what it was free to act on, it still is."""
        return replace(self, observed=None, held=held(plan))

    @property
    def seed(self) -> Sample | None:
        """The averages to go on from."""
        return self.observed.seed if self.observed else None

    @property
    def notices(self) -> tuple[str, ...]:
        return (self.observed.notice,) if self.observed else ()

    @property
    def values(self) -> Mapping[str, Any]:
        """To be returned."""
        return {"observed": self.observed.report} if self.observed else {}

    def continued(self, cluster: Cluster) -> Cluster:
        """With what has held until now."""
        if self.observed:
            return self.observed.continued(cluster)
        now = {key: Hold(count=count, time=cluster.history.now) for key, count in self.held.items()}
        return replace(cluster, history=replace(cluster.history, holds={**cluster.history.holds, **now}))

    def judging(self, policy: Policy) -> Policy:
        """Where looks are the runs that are counted."""
        return self.observed.judging(policy) if self.observed else policy


def aim_of(params: Params, saved: SavedPlan | None) -> Aim:
    """As the options say; a saved plan is carried out at once. Raises BadPolicy."""
    policy = moving_policy(params)
    return Aim(policy, saved, None if saved else spell_from(params, policy))

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Collect with what earlier runs left in the state file, and leave there what later runs may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.averages import averages
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.forecast.observe import observed
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.sample import Sample
from ansible_collections.pve.drs.plugins.module_utils.core.past import MOST
from ansible_collections.pve.drs.plugins.module_utils.core.place.commitments import with_less_room
from ansible_collections.pve.drs.plugins.module_utils.core.planners.relieve import RELIEVE
from ansible_collections.pve.drs.plugins.module_utils.core.transfers import learn
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import collect
from ansible_collections.pve.drs.plugins.module_utils.state.averages import recall_averages, remember_averages
from ansible_collections.pve.drs.plugins.module_utils.state.commitments import recall_commitments
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.habits import recall_habits, remember_habits
from ansible_collections.pve.drs.plugins.module_utils.state.holds import recall_holds, remember_holds
from ansible_collections.pve.drs.plugins.module_utils.state.runs import recall_record
from ansible_collections.pve.drs.plugins.module_utils.state.transfers import recall_transfers


def state_of(params: Mapping[str, Any], *, check_mode: bool) -> StateFile | None:
    """What option state_path names; check mode never writes it."""
    path = params.get("state_path")
    return StateFile(path=Path(path), is_read_only=check_mode) if path else None


def collect_with_state(
    api: Api, needs: Needs, clock: Clock, state: StateFile | None, seed: Sample | None = None
) -> Cluster:
    """Only samples go on where an earlier run ended, or from a seed; everything else is history that Proxmox VE keeps itself.

    Raises what `collect` raises, and StateUnusable.
    """
    if not needs.samples:
        return collect(api, needs, clock)
    cluster = collect(api, needs, clock, partial(_recalled, state, seed))
    if state and cluster.history.nodes:
        remember_averages(state, cluster.name, averages(cluster.history))
    return cluster


def _recalled(state: StateFile | None, seed: Sample | None, cluster: str) -> Sample | None:
    return recall_averages(state, cluster) if state and seed is None else seed


def require_state(policy: Policy, state: StateFile | None) -> None:
    """For runs that look once. Raises BadPolicy where they have to be counted, and nobody could."""
    if policy.hold > 1 and state is None:
        raise BadPolicy(f"hold is {policy.hold}, so runs have to be counted: name a file for that with state_path")


def with_holds(cluster: Cluster, state: StateFile | None) -> Cluster:
    """How long reasons to act have held already. Raises StateUnusable."""
    if state is None:
        return cluster
    return replace(cluster, history=replace(cluster.history, holds=recall_holds(state, cluster.name)))


def with_last_runs(cluster: Cluster, state: StateFile | None) -> Cluster:
    """What earlier runs did, the last of it. Raises StateUnusable."""
    if state is None:
        return cluster
    return replace(cluster, history=replace(cluster.history, record=recall_record(state, cluster.name, MOST)))


def with_learned(cluster: Cluster, policy: Policy, state: StateFile | None) -> Cluster:
    """What the migrations of earlier runs teach for those to come. Raises StateUnusable."""
    if state is None:
        return cluster
    learned = learn(recall_transfers(state, cluster.name), policy)
    return replace(cluster, history=replace(cluster.history, learned=learned))


def with_starts(cluster: Cluster, state: StateFile | None, now: float) -> Cluster:
    """Guests that were started a moment ago take the room that they will need, before they show it. Raises StateUnusable."""
    return with_less_room(cluster, recall_commitments(state, cluster.name), now) if state else cluster


def with_habits(cluster: Cluster, policy: Policy, state: StateFile | None, now: float) -> Cluster:
    """What was learned of guests, the present included, where the policy makes use of it. Raises StateUnusable."""
    if state is None or RELIEVE.name not in policy.planners:
        return cluster
    history = replace(cluster.history, habits=recall_habits(state, cluster.name))
    learned = observed(replace(cluster, history=history), policy.cycle_seconds, now)
    remember_habits(state, cluster.name, learned.history.habits)
    return learned


def keep_holds(plan: Plan, state: StateFile | None) -> None:
    """For the next run. Raises StateUnusable."""
    if state is not None and plan.policy.hold > 1:
        remember_holds(state, plan.cluster.name, plan.holds)

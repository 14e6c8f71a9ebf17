# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Everything that can be named in a policy. A new method, metric, constraint or planner adds its line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.adjust import adjusted
from ansible_collections.pve.drs.plugins.module_utils.core.constraints import (
    allowed_nodes,
    backup,
    container_restart,
    cooldown,
    cpu_capacity,
    cpu_overcommit,
    cpu_reservation,
    cpu_type,
    devices,
    disabled_nodes,
    disk_usage,
    excluded_nodes,
    guest_size,
    guest_state,
    ha_blockers,
    ha_manager,
    host_layout,
    hot_target,
    ignored,
    max_guests,
    memory_capacity,
    memory_overcommit,
    memory_reservation,
    network,
    node_available,
    pinned,
    precondition,
    pressure,
    replication,
    running_task,
    separate,
    storage,
    storage_space,
    together,
    version,
)
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.constraint import Constraint
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.crs.settings import settled
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.estimate import estimate
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.ema import EMA
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.estimator import Estimator
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.highest import MAX
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.holt_winters import HOLT_WINTERS
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.larger import EMA_OR_MEAN, MEAN_OR_PERCENTILE
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.mean import MEAN
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.percentile import PERCENTILE
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.snapshot import SNAPSHOT
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.draining import with_draining
from ansible_collections.pve.drs.plugins.module_utils.core.methods.cpu import CPU
from ansible_collections.pve.drs.plugins.module_utils.core.methods.cpu_assigned import CPU_ASSIGNED
from ansible_collections.pve.drs.plugins.module_utils.core.methods.cpu_rrd import CPU_RRD
from ansible_collections.pve.drs.plugins.module_utils.core.methods.disk import DISK
from ansible_collections.pve.drs.plugins.module_utils.core.methods.memory import MEMORY
from ansible_collections.pve.drs.plugins.module_utils.core.methods.memory_assigned import MEMORY_ASSIGNED
from ansible_collections.pve.drs.plugins.module_utils.core.methods.memory_rrd import MEMORY_RRD
from ansible_collections.pve.drs.plugins.module_utils.core.methods.method import Method
from ansible_collections.pve.drs.plugins.module_utils.core.methods.psi import PSI
from ansible_collections.pve.drs.plugins.module_utils.core.methods.weighted import weighted, with_needs_of_parts
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.delta import DELTA
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import VARIATION
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.network import network_reading, network_warned
from ansible_collections.pve.drs.plugins.module_utils.core.planners.conservative import CONSERVATIVE
from ansible_collections.pve.drs.plugins.module_utils.core.planners.crs import CRS
from ansible_collections.pve.drs.plugins.module_utils.core.planners.distribute import DISTRIBUTE
from ansible_collections.pve.drs.plugins.module_utils.core.planners.improve import IMPROVE
from ansible_collections.pve.drs.plugins.module_utils.core.planners.prefer import PREFER
from ansible_collections.pve.drs.plugins.module_utils.core.planners.relieve import RELIEVE
from ansible_collections.pve.drs.plugins.module_utils.core.planners.repair import REPAIR
from ansible_collections.pve.drs.plugins.module_utils.core.planners.serve import SERVE
from ansible_collections.pve.drs.plugins.module_utils.core.policies.balance import BALANCE
from ansible_collections.pve.drs.plugins.module_utils.core.policies.conservative import (
    CONSERVATIVE as CONSERVATIVE_POLICY,
)
from ansible_collections.pve.drs.plugins.module_utils.core.policies.crs import CRS as CRS_POLICY
from ansible_collections.pve.drs.plugins.module_utils.core.policies.crs import CRS_PLUS
from ansible_collections.pve.drs.plugins.module_utils.core.policies.distribute import DISTRIBUTE as DISTRIBUTE_POLICY
from ansible_collections.pve.drs.plugins.module_utils.core.policies.relief import RELIEF
from ansible_collections.pve.drs.plugins.module_utils.core.policies.rules_only import RULES_ONLY
from ansible_collections.pve.drs.plugins.module_utils.core.policies.score import SCORE as SCORE_POLICY
from ansible_collections.pve.drs.plugins.module_utils.core.pools.view import view_of
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.rules.compile import compile_rules
from ansible_collections.pve.drs.plugins.module_utils.core.soft import should_rules
from ansible_collections.pve.drs.plugins.module_utils.core.storages import storages_warned
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.balanciness import BALANCINESS
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.crs import CRS as CRS_TRIGGER
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.distribution import DISTRIBUTION
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.entitlement import ENTITLEMENT
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.outliers import OUTLIERS
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.proactive import PROACTIVE
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.score import SCORE
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.variation import VARIATION as VARIATION_TRIGGER

SINGLE_METHODS = {
    method.name: method for method in (MEMORY, CPU, MEMORY_RRD, CPU_RRD, MEMORY_ASSIGNED, CPU_ASSIGNED, DISK)
}
# A method with an estimator of its own does not go with others.
MIXABLE_METHODS = {method.name: method for method in SINGLE_METHODS.values() if method.estimator is None}
WEIGHTED = weighted(MIXABLE_METHODS)
METHODS = SINGLE_METHODS | {WEIGHTED.name: WEIGHTED, PSI.name: PSI}
ALL_ESTIMATORS = (SNAPSHOT, MEAN, EMA, PERCENTILE, MAX, HOLT_WINTERS, EMA_OR_MEAN, MEAN_OR_PERCENTILE)
ESTIMATORS = {estimator.name: estimator for estimator in ALL_ESTIMATORS}
# The default of the option; methods that bring an estimator of their own take no notice of it.
UNSET_ESTIMATOR = SNAPSHOT.name
TRIGGERS = {
    trigger.name: trigger
    for trigger in (BALANCINESS, VARIATION_TRIGGER, OUTLIERS, SCORE, DISTRIBUTION, PROACTIVE, CRS_TRIGGER)
}
METRICS = {metric.name: metric for metric in (DELTA, VARIATION)}
PLANNERS = {
    planner.name: planner for planner in (REPAIR, PREFER, SERVE, IMPROVE, DISTRIBUTE, RELIEVE, CONSERVATIVE, CRS)
}

POLICIES = {
    preset.name: preset
    for preset in (
        BALANCE,
        RELIEF,
        CONSERVATIVE_POLICY,
        CRS_POLICY,
        CRS_PLUS,
        RULES_ONLY,
        SCORE_POLICY,
        DISTRIBUTE_POLICY,
    )
}
# For runs every few minutes, such as those of benchmarks/replay_plan.py.
SCHEDULED = RELIEF.name

# The first reason in this order is the one that a report gives (drs-model 3.3).

CONSTRAINTS: tuple[Callable[[Given], Constraint], ...] = (
    guest_state.build,
    running_task.build,
    ignored.build,
    disabled_nodes.build,
    pinned.build,
    ha_manager.build,
    container_restart.build,
    cooldown.build,
    backup.build,
    node_available.build,
    excluded_nodes.build,
    precondition.build,
    allowed_nodes.build,
    separate.build,
    together.build,
    storage.build,
    storage_space.build,
    devices.build,
    cpu_type.build,
    version.build,
    replication.build,
    ha_blockers.build,
    memory_capacity.build,
    memory_overcommit.build,
    cpu_capacity.build,
    cpu_overcommit.build,
    cpu_reservation.build,
    memory_reservation.build,
    guest_size.build,
    disk_usage.build,
    network.build,
    max_guests.build,
    pressure.build,
    hot_target.build,
    host_layout.build,
)


def make_problem(cluster: Cluster, policy: Policy) -> Problem:
    """Look up what the policy names or the cluster sets, compile its rules, and build every constraint for this cluster.

    Raises BadPolicy, and NoMeasurement where a node lacks what the method needs.
    """
    policy = settled(policy, cluster)
    method = method_of(policy)
    unknown = [name for name in policy.planners if name not in PLANNERS]
    if unknown:
        raise BadPolicy(f"planner {', '.join(unknown)} is unknown; known are {', '.join(PLANNERS)}")
    cluster = with_draining(cluster, policy.evacuated_nodes | policy.maintenance_nodes)
    rules = compile_rules(cluster, policy)
    judged = estimate(cluster, estimator_of(policy))
    given = Given(_prepared(judged.cluster, policy), policy, rules)
    problem = Problem(
        cluster=given.cluster,
        policy=policy,
        rules=rules,
        method=method,
        gauge=method.gauge(given),
        metrics=tuple(METRICS.values()),
        triggers=_triggers_of(policy) if method.evens_out else (),
        constraints=tuple(build(given) for build in CONSTRAINTS),
        unsure=judged.unsure,
        network=network_reading(given.cluster, policy),
        should_rules=should_rules(rules.preferences),
    )
    return _with_pools(problem) if policy.pools else problem


def _with_pools(problem: Problem) -> Problem:
    """With what guests are entitled to, which is a reason to move some where the policy has a planner for it."""
    view = view_of(problem.cluster, problem.policy.pools, problem.policy.excluded_nodes)
    is_served = problem.method.evens_out and SERVE.name in problem.policy.planners
    reasons = (ENTITLEMENT,) if is_served else ()
    cluster = replace(problem.cluster, warnings=(*problem.cluster.warnings, *view.warnings))
    return replace(problem, cluster=cluster, pools=view, triggers=(*problem.triggers, *reasons))


def _prepared(cluster: Cluster, policy: Policy) -> Cluster:
    """With figures that mean what the policy wants them to, and warnings about what has no effect."""
    return storages_warned(network_warned(adjusted(cluster, policy), policy), policy)


def _triggers_of(policy: Policy) -> tuple[LoadTrigger, ...]:
    """Raises BadPolicy."""
    unknown = [name for name in policy.triggers if name not in TRIGGERS]
    if unknown:
        raise BadPolicy(f"trigger {', '.join(unknown)} is unknown; known are {', '.join(TRIGGERS)}")
    return tuple(TRIGGERS[name] for name in policy.triggers)


def method_of(policy: Policy) -> Method:
    """Raises BadPolicy."""
    if policy.method not in METHODS:
        raise BadPolicy(f"method {policy.method} is unknown; known are {', '.join(METHODS)}")
    method = METHODS[policy.method]
    return with_needs_of_parts(method, policy, MIXABLE_METHODS) if method is WEIGHTED else method


def estimator_of(policy: Policy) -> Estimator:
    """The one that belongs to the method, or else the one that the policy names. Raises BadPolicy."""
    if policy.estimator not in ESTIMATORS:
        raise BadPolicy(f"estimator {policy.estimator} is unknown; known are {', '.join(ESTIMATORS)}")
    given = method_of(policy).estimator
    if given and policy.estimator not in (given, UNSET_ESTIMATOR):
        raise BadPolicy(f"method {policy.method} goes with no estimator but {given}, not with {policy.estimator}")
    return ESTIMATORS[given or policy.estimator]

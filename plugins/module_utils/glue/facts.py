# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How a cluster stands, as plain data with units in the names: what drs_facts returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from ansible_collections.pve.drs.plugins.module_utils.core import overload
from ansible_collections.pve.drs.plugins.module_utils.core.access.standing import access_report
from ansible_collections.pve.drs.plugins.module_utils.core.assess import assess
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import SINGLE_METHODS, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.health import troubles
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.health import Health
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Assessment
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import NOTHING_MORE, Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.needs import needs_of
from ansible_collections.pve.drs.plugins.module_utils.core.network import network_reading
from ansible_collections.pve.drs.plugins.module_utils.core.past import last_migrations, last_runs
from ansible_collections.pve.drs.plugins.module_utils.core.report import (
    assessment_report,
    percent,
    rules_report,
    score_report,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rules.compile import compile_rules
from ansible_collections.pve.drs.plugins.module_utils.core.score.score import score
from ansible_collections.pve.drs.plugins.module_utils.glue import details
from ansible_collections.pve.drs.plugins.module_utils.glue.listing import (
    Facts,
    cluster_facts,
    guest_facts,
    migration_facts,
    node_facts,
    rule_facts,
)

ALL = "all"


@dataclass(frozen=True, slots=True)
class Subset:
    """A part of the facts, and what has to be collected for it beside the listings; some judge figures by the policy."""

    gather: Callable[[Cluster, Policy, Needs], Facts]
    needs: Needs = NOTHING_MORE
    judges: bool = False


def facts_of(cluster: Cluster, policy: Policy, names: Iterable[str]) -> Facts:
    """The named subsets, with the cluster itself and all warnings in any case.

    Raises BadPolicy, and NoMeasurement when a node's figures are missing (drs-model 2.9).
    """
    subsets = _subsets(names)
    collected = _needs(policy, subsets)
    facts: Facts = {"cluster": cluster_facts(cluster)}
    for subset in subsets:
        facts |= subset.gather(cluster, policy, collected)
    warnings = _judged_warnings(cluster, policy) if any(subset.judges for subset in subsets) else cluster.warnings
    rules = compile_rules(cluster, policy)
    told = (*rules.ineffective, *rules.warnings, *map(str, rules.disabled))
    return facts | {"warnings": [*warnings, *told]}


def _judged_warnings(cluster: Cluster, policy: Policy) -> tuple[str, ...]:
    """With what is wrong with the figures that were judged, such as too little history."""
    problem = make_problem(cluster, policy)
    return (*problem.cluster.warnings, problem.unsure) if problem.unsure else problem.cluster.warnings


def facts_needs(policy: Policy, names: Iterable[str]) -> Needs:
    """What has to be collected for the policy and the named subsets. Raises BadPolicy."""
    return _needs(policy, _subsets(names))


def chosen(names: Iterable[str]) -> frozenset[str]:
    """The subsets that are meant."""
    wanted = frozenset(names)
    return frozenset(SUBSETS) if ALL in wanted else wanted


def _subsets(names: Iterable[str]) -> tuple[Subset, ...]:
    wanted = chosen(names)
    return tuple(subset for name, subset in SUBSETS.items() if name in wanted)


def _needs(policy: Policy, subsets: Iterable[Subset]) -> Needs:
    return reduce(or_, (subset.needs for subset in subsets), needs_of(policy))


def _load(cluster: Cluster, policy: Policy, collected: Needs) -> Facts:
    """By the policy's method, and by all others as far as what they need was collected."""
    judged, not_measured = {policy.method: _judged(cluster, policy)}, {}
    for other in _others(policy, collected):
        try:
            judged[other.method] = _judged(cluster, other)
        except (NoMeasurement, BadPolicy) as error:
            not_measured[other.method] = str(error)
    by_method = assessment_report(judged[policy.method])
    return {
        "method": policy.method,
        "load": {method: _percent_by_node(assessment) for method, assessment in judged.items()},
        "not_measured": not_measured,
        "imbalance": {method: assessment_report(assessment)["imbalance"] for method, assessment in judged.items()},
        "triggers": by_method["triggers"],
        "quiet_triggers": by_method["quiet_triggers"],
        "violations": by_method["violations"],
        "network": _network(cluster, policy),
    }


def _network(cluster: Cluster, policy: Policy) -> Facts:
    """By node, where the speed of its link and how much of it is used are known."""
    reading = network_reading(cluster, policy)
    return {name: _link(rate, reading.capacity[name]) for name, rate in reading.nodes.items()} if reading else {}


def _link(rate: float, speed: float) -> Facts:
    return {
        "used_bytes_per_second": round(rate),
        "link_bytes_per_second": round(speed),
        "used_percent": percent(rate / speed),
    }


def _others(policy: Policy, collected: Needs) -> Iterator[Policy]:
    """The same with each other method; one that has an estimator of its own takes no other."""
    methods = (method for method in SINGLE_METHODS.values() if method.name != policy.method)
    others = (replace(policy, method=method.name, estimator=method.estimator or policy.estimator) for method in methods)
    return (other for other in others if _is_met(needs_of(other), collected))


def _is_met(needs: Needs, collected: Needs) -> bool:
    """A minute full of samples would outweigh the rest of an hour in a mean of its rows."""
    return needs | collected == collected and not (needs.node_history and collected.samples)


def _judged(cluster: Cluster, policy: Policy) -> Assessment:
    problem = make_problem(cluster, policy)
    return assess(problem, problem.placement())


def _rules(cluster: Cluster, policy: Policy, _collected: Needs) -> Facts:
    disabled = compile_rules(cluster, policy).disabled
    return {"rules": rule_facts(cluster), "disabled_rules": rules_report(disabled)}


def _percent_by_node(assessment: Assessment) -> dict[str, float]:
    """For the nodes that are online and measured."""
    return {load.node: percent(load.load) for load in assessment.loads}


def _score(cluster: Cluster, policy: Policy, _collected: Needs) -> Facts:
    problem = make_problem(cluster, policy)
    return {"score": score_report(score(problem, problem.placement()))}


def _overload(cluster: Cluster, policy: Policy, _collected: Needs) -> Facts:
    found: Facts = {}
    for judged in overload.overloads(cluster, policy):
        found.setdefault(judged.node, {})[judged.resource] = {
            "load_percent": percent(judged.load),
            "limit_percent": percent(judged.limit),
            "threshold_percent": percent(judged.threshold),
            "samples_above_limit": judged.samples_above,
            "foreseen_percent": None if judged.foreseen is None else percent(judged.foreseen),
            "signs": list(judged.signs),
        }
    return {"overload": found}


def _health(cluster: Cluster, _policy: Policy, _collected: Needs) -> Facts:
    health = cluster.health or Health()
    versions = {node.name: node.details.version if node.details else "" for node in cluster.nodes}
    return {
        "health": {
            "troubles": list(troubles(cluster)),
            "ha_master": health.ha_master,
            "ceph": health.ceph,
            "versions": {name: version or None for name, version in versions.items()},
        }
    }


def _access(cluster: Cluster, _policy: Policy, _collected: Needs) -> Facts:
    return {"access": access_report(cluster.access, cluster.guest_by_vmid)}


def _history(cluster: Cluster, _policy: Policy, _collected: Needs) -> Facts:
    return {"history": {"moves": last_migrations(cluster.history), "runs": last_runs(cluster.history)}}


SUBSETS = {
    "nodes": Subset(lambda cluster, _policy, _collected: {"nodes": node_facts(cluster)}),
    "guests": Subset(lambda cluster, _policy, _collected: {"guests": guest_facts(cluster)}),
    "migrations": Subset(lambda cluster, _policy, _collected: {"migrations": migration_facts(cluster)}),
    "rules": Subset(_rules),
    "access": Subset(_access),
    "load": Subset(_load, judges=True),
    "score": Subset(_score, judges=True),
    "details": Subset(lambda cluster, _policy, _collected: {"details": details.detail_facts(cluster)}, details.NEEDS),
    "overload": Subset(_overload, overload.NEEDS),
    "health": Subset(_health, Needs(health=True)),
    "history": Subset(_history, Needs(recent_moves=True)),
}
# What the listings of the cluster tell without another request.
LISTED = tuple(name for name, subset in SUBSETS.items() if subset.needs == NOTHING_MORE)

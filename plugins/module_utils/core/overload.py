# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""When a node counts as overloaded, by its limit and by how its load behaves (drs-model 2.10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import fsum
from statistics import median

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import estimator_of
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.memory_capacity import GIB, RESERVE_SHARE
from ansible_collections.pve.drs.plugins.module_utils.core.estimate import estimate
from ansible_collections.pve.drs.plugins.module_utils.core.estimators.percentile import quantile
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import NO_SAMPLES, Series
from ansible_collections.pve.drs.plugins.module_utils.core.settled import settled_histories

NEEDS = Needs(node_history=True, recent_moves=True)
HOUR_SECONDS = 3600.0
# So many of the last samples above the limit are no blip.
SUSTAINED, AMONG = 3, 5
# The more a load varies, the more room it needs. Fewer samples than this say nothing of how much it varies.
ADAPTIVE_SAMPLES = 12
DEVIATION_SAFETY, SPREAD_SAFETY = 2.5, 1.5
# The line through the last samples, at the time when a migration that starts now would have ended.
TREND_SAMPLES, TREND_SAFETY, MIGRATION_SECONDS = 10, 1.2, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """One resource of a node, in shares of its capacity; `foreseen` is None with too few samples.

    `limit` is the policy's, `threshold` that or less for a load that varies; `signs` are what says that it is overloaded.
    """

    node: str
    resource: str
    load: float
    limit: float
    threshold: float
    samples_above: int
    foreseen: float | None
    signs: tuple[str, ...]


def overloads(cluster: Cluster, policy: Policy) -> tuple[Overload, ...]:
    """For cpu and memory of every node that is online and measured. Raises BadPolicy."""
    judged = estimate(cluster, estimator_of(policy)).cluster
    return tuple(
        _judge(node, name, policy, _recent(cluster, node.name, name))
        for node in judged.measured_nodes
        if node.usage and node.capacity
        for name in ("cpu", "memory")
    )


def _recent(cluster: Cluster, node: str, resource: str) -> Series:
    """The last hour, without what is missing; nothing when it ended a while ago (drs-model 2.9)."""
    history = settled_histories(cluster).get(node)
    series: Series = getattr(history, resource) if history else NO_SAMPLES
    known = Series(series.since(cluster.history.now - HOUR_SECONDS).known)
    return known if known.is_fresh(cluster.history.now) else NO_SAMPLES


def _judge(node: Node, resource: str, policy: Policy, recent: Series) -> Overload:
    capacity, usage = node.capacity or Resources(1.0, 1.0), node.usage or Resources(0.0, 0.0)
    size: float = getattr(capacity, resource)
    shares = Series(tuple((time, value / size) for time, value in recent.known))
    limit = policy.cpu_max if resource == "cpu" else policy.memory_max * (1.0 - max(GIB / size, RESERVE_SHARE))
    return _with_signs(
        Overload(
            node=node.name,
            resource=resource,
            load=getattr(usage, resource) / size,
            limit=limit,
            threshold=min(limit, adaptive_threshold(shares.values)),
            samples_above=sum(value > limit for value in shares.values[-AMONG:]),
            foreseen=trend(shares, MIGRATION_SECONDS),
            signs=(),
        )
    )


def _with_signs(found: Overload) -> Overload:
    return replace(found, signs=tuple(_signs(found)))


def _signs(found: Overload) -> Iterator[str]:
    if found.load > found.limit:
        yield "limit"
    if found.samples_above >= SUSTAINED:
        yield "sustained"
    if found.load > found.threshold:
        yield "variation"
    if found.foreseen is not None and TREND_SAFETY * found.foreseen >= 1.0:
        yield "trend"


def median_deviation(values: Sequence[float]) -> float:
    """Median of the distances from the median (MAD) [Ex 2.11]."""
    middle = median(values)
    return median(abs(value - middle) for value in values)


def quartile_spread(values: Sequence[float]) -> float:
    """From the first to the third quartile (IQR) [Ex 2.11]."""
    return quantile(values, 0.75) - quantile(values, 0.25)


def adaptive_threshold(values: Sequence[float]) -> float:
    """1 less some room for variation, by the more careful of both measures; 1 with too few samples."""
    if len(values) < ADAPTIVE_SAMPLES:
        return 1.0
    room = max(DEVIATION_SAFETY * median_deviation(values), SPREAD_SAFETY * quartile_spread(values))
    return max(0.0, 1.0 - room)


def trend(series: Series, ahead: float) -> float | None:
    """What the straight line that fits the last samples best says `ahead` seconds after them; None with too few."""
    last = series.known[-TREND_SAMPLES:]
    if len(last) < TREND_SAMPLES:
        return None
    times = [time - last[-1][0] for time, _value in last]
    mean_time, mean_value = fsum(times) / len(last), fsum(value for _time, value in last) / len(last)
    products = fsum((t - mean_time) * (value - mean_value) for t, (_time, value) in zip(times, last, strict=True))
    slope = products / fsum((time - mean_time) ** 2 for time in times)
    return max(0.0, mean_value + slope * (ahead - mean_time))

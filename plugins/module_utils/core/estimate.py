# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What nodes and guests use, as an estimator makes it of their history (drs-model 2.4, 2.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.estimators.estimator import Estimator
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import NO_OBJECT_HISTORY, ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import MISSING_SHARE, STALE_SECONDS, Series
from ansible_collections.pve.drs.plugins.module_utils.core.settled import settled_histories

# How far back gaps matter; older ones concern the estimator alone.
JUDGED_SECONDS = 3600.0
# With more than this share of nodes and guests on present figures, nothing is moved to even out the load.
DEGRADED_SHARE = 0.5
NAMES_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The cluster with usage and demand as estimated; `unsure` is why no guest may be moved to even out the load."""

    cluster: Cluster
    unsure: str | None = None


def estimate(cluster: Cluster, estimator: Estimator) -> Estimate:
    """Nodes and guests whose history does not do count as what they use now, and are named in a warning.

    Guests that nobody asked about count as what they use now, too; the decision does not depend on them.
    """
    if not estimator.looks_back:
        return Estimate(cluster=cluster)
    histories = settled_histories(cluster)
    nodes = {n.name: _figure(cluster, estimator, histories.get(n.name)) for n in cluster.measured_nodes if n.usage}
    asked = [guest for guest in cluster.guests if guest.is_active and guest.vmid in cluster.history.guests]
    guests = {g.vmid: _figure(cluster, estimator, cluster.history.guests[g.vmid]) for g in asked}
    degraded = [f"node {name}" for name, figure in nodes.items() if not figure]
    degraded += [f"guest {vmid}" for vmid, figure in guests.items() if not figure]
    return Estimate(
        cluster=replace(
            cluster,
            nodes=tuple(_node(node, nodes.get(node.name)) for node in cluster.nodes),
            guests=tuple(_guest(guest, guests.get(guest.vmid)) for guest in cluster.guests),
            warnings=(*cluster.warnings, *_warnings(degraded)),
        ),
        unsure=_why_unsure(len(degraded), len(nodes) + len(guests)),
    )


def _figure(cluster: Cluster, estimator: Estimator, history: ObjectHistory | None) -> Resources | None:
    """None unless both cpu and memory are known well enough."""
    known = history or NO_OBJECT_HISTORY
    cpu, memory = (_value(series, estimator, cluster.history.now) for series in (known.cpu, known.memory))
    return None if cpu is None or memory is None else Resources(cpu, memory)


def _value(series: Series, estimator: Estimator, now: float) -> float | None:
    judged = series.since(now - min(estimator.window_seconds, JUDGED_SECONDS))
    if not judged.is_fresh(now) or judged.has_gaps:
        return None
    return estimator.value(series.since(now - estimator.window_seconds))


def _node(node: Node, figure: Resources | None) -> Node:
    return replace(node, usage=figure, surge=node.surge + node.usage - figure) if node.usage and figure else node


def _guest(guest: Guest, figure: Resources | None) -> Guest:
    return replace(guest, demand=figure, surge=guest.surge + guest.demand - figure) if figure else guest


def _warnings(degraded: Sequence[str]) -> tuple[str, ...]:
    if not degraded:
        return ()
    names = ", ".join(degraded[:NAMES_SHOWN])
    more = f" and {len(degraded) - NAMES_SHOWN} more" if len(degraded) > NAMES_SHOWN else ""
    return (
        (
            f"too little history of {names}{more}: what they use now counts. More than {100 * MISSING_SHARE:g} % of the "
            f"samples are missing, or there was none for {STALE_SECONDS:g} s; does pvestatd run, do the clocks agree?"
        ),
    )


def _why_unsure(degraded: int, number: int) -> str | None:
    if degraded <= DEGRADED_SHARE * number:
        return None
    return f"no balancing: {degraded} of {number} nodes and guests have too little history, see the warning"

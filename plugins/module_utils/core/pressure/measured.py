# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The pressure of the nodes over the last hour (drs-model 2.7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.methods.measured import measured_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import PressureLimits
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import NO_SAMPLES, STALE_SECONDS, Series

WINDOW_SECONDS = 3600.0
# After a guest came or went, what the node recorded before says nothing of it any more.
SETTLE_SECONDS = 300.0
# A sample stands for the time before it.
SAMPLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """Of one resource, as fractions of time; None is a comparison that the policy switched off."""

    some: float | None
    full: float | None
    spike: float | None


def pressures(given: Given) -> dict[str, dict[str, Pressure]]:
    """By node and resource. Raises NoMeasurement where a node that takes part lacks what is compared."""
    nodes = [node.name for node in measured_nodes(given, "psi")]
    found = {node: _of_node(given, node) for node in nodes}
    blind = [node for node, known in found.items() if known is None and not given.policy.leaves_alone(node)]
    if blind:
        raise NoMeasurement(
            f"method psi: no pressure of the last {STALE_SECONDS:g} s from node {', '.join(blind)}; Proxmox VE records it "
            f"since version 9, this cluster answers as {given.cluster.version or 'an unknown version'}"
        )
    return {node: known for node, known in found.items() if known is not None}


def last_change(given: Given, node: str) -> float:
    """When a guest came or went last, in seconds since the epoch."""
    return max((move.ended for move in given.cluster.history.moves if node in (move.source, move.target)), default=0.0)


def is_settling(given: Given, node: str) -> bool:
    return given.cluster.history.now - last_change(given, node) < SETTLE_SECONDS


def _of_node(given: Given, node: str) -> dict[str, Pressure] | None:
    """None where anything is missing that a limit needs."""
    history = given.cluster.history.nodes.get(node, ObjectHistory())
    limits = given.policy.pressure_limits.items()
    found = {resource: _of_resource(given, node, history, resource, limit) for resource, limit in limits}
    return None if None in found.values() else {resource: known for resource, known in found.items() if known}


def _of_resource(
    given: Given, node: str, history: ObjectHistory, resource: str, limits: PressureLimits
) -> Pressure | None:
    since = _since(given, node)
    now, some = given.cluster.history.now, f"{resource}_some"
    known = {
        "some": _mean(_recent(history.pressure, some, now), since) if limits.some else None,
        "full": _mean(_recent(history.pressure, f"{resource}_full", now), since) if limits.full else None,
        "spike": _highest(_recent(history.pressure_peaks, some, now), since) if limits.spike else None,
    }
    if any(getattr(limits, kind) and value is None for kind, value in known.items()):
        return None
    return Pressure(**known)


def _since(given: Given, node: str) -> float:
    """The last hour, or what is left of it since a guest came or went and the node has settled."""
    begin, change = given.cluster.history.now - WINDOW_SECONDS, last_change(given, node)
    return begin if is_settling(given, node) else max(begin, change + SAMPLE_SECONDS)


def _recent(known: Mapping[str, Series], name: str, now: float) -> Series:
    """Nothing where the newest sample is stale (drs-model 2.9)."""
    series = known.get(name, NO_SAMPLES)
    return series if series.is_fresh(now) else NO_SAMPLES


def _mean(series: Series, since: float) -> float | None:
    """As a fraction; with many gaps the newest sample counts alone."""
    window = series.since(since)
    if not window.values:
        return None
    return (window.values[-1] if window.has_gaps else fmean(window.values)) / 100.0


def _highest(series: Series, since: float) -> float | None:
    values = series.since(since).values
    return max(values) / 100.0 if values else None

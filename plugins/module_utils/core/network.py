# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How much of their links nodes use, and how much of it goes with a guest (drs-model 2.8)."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import NO_OBJECT_HISTORY
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series

NAME = "network"
WINDOW_SECONDS = 300.0
# A sample stands for the time before it.
SAMPLE_SECONDS = 60.0


def network_reading(cluster: Cluster, policy: Policy) -> Reading | None:
    """In bytes per second of the busier direction; None where no speed of a link is known.

    A node without a recent rate is not in it. Raises BadPolicy where a link is named that no node has.
    """
    unknown = sorted(policy.node_links.keys() - cluster.node_by_name.keys())
    if unknown:
        raise BadPolicy(f"link_gbit_by_node names {', '.join(unknown)}, but there are only {_names(cluster)}")
    rates = _rates(cluster, policy)
    if not rates:
        return None
    guests = {guest.vmid: _rate_of_guest(cluster, guest) for guest in cluster.guests}
    return Reading(
        nodes={name: rate for name, rate in rates.items() if rate is not None},
        capacity={name: _link(policy, name) for name, rate in rates.items() if rate is not None},
        guests={vmid: rate or 0.0 for vmid, rate in guests.items()},
        guessed=frozenset(vmid for vmid, rate in guests.items() if rate is None),
    )


def network_warned(cluster: Cluster, policy: Policy) -> Cluster:
    """With a warning where the speed of a link is known, but not how much of it is used."""
    silent = [name for name, rate in _rates(cluster, policy).items() if rate is None]
    if not silent:
        return cluster
    warning = f"no recent network rate of node {', '.join(silent)}: how busy its link is does not count"
    return replace(cluster, warnings=(*cluster.warnings, warning))


def _rates(cluster: Cluster, policy: Policy) -> dict[str, float | None]:
    """Of the nodes whose link is known."""
    names = [node.name for node in cluster.measured_nodes if _link(policy, node.name)]
    return {name: _rate_of_node(cluster, name) for name in names}


def _names(cluster: Cluster) -> str:
    return ", ".join(cluster.node_by_name)


def _link(policy: Policy, node: str) -> float:
    """Bytes per second; 0 where nobody told."""
    return policy.node_links.get(node, policy.node_link_bytes)


def _rate_of_node(cluster: Cluster, node: str) -> float | None:
    """As if guests that came or went meanwhile had been where they are now."""
    series = cluster.history.nodes.get(node, NO_OBJECT_HISTORY).network
    rate = _recent(series, cluster.history.now)
    return None if rate is None else max(0.0, rate + _missed(cluster, node, series))


def _missed(cluster: Cluster, node: str, series: Series) -> float:
    """What the mean lacks of guests that came within the window, less what it still has of those that left."""
    times = [time for time, _unused in series.since(cluster.history.now - WINDOW_SECONDS).known]
    missed = 0.0
    for move in cluster.history.moves:
        guest = cluster.guest_by_vmid.get(move.vmid)
        if guest is not None and node in (move.source, move.target):
            before = sum(time < move.ended + SAMPLE_SECONDS for time in times) / len(times)
            missed += (_rate_of_guest(cluster, guest) or 0.0) * before * (1 if node == move.target else -1)
    return missed


def _rate_of_guest(cluster: Cluster, guest: Guest) -> float | None:
    """Of the last minutes where its history was asked for, else the mean since its start."""
    if not guest.is_active:
        return 0.0
    recent = _recent(cluster.history.guests.get(guest.vmid, NO_OBJECT_HISTORY).network, cluster.history.now)
    return guest.network_rate if recent is None else recent


def _recent(series: Series, now: float) -> float | None:
    """The mean of five minutes; with many gaps the newest sample alone (drs-model 2.9)."""
    window = series.since(now - WINDOW_SECONDS)
    if not window.is_fresh(now):
        return None
    return window.values[-1] if window.has_gaps else fmean(window.values)

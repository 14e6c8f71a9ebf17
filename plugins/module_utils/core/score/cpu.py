# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the guests of a node get of its cores (drs-model 4.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.divvy import Claim, divvy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.score.efficiency import cpu_efficiency

TOPOLOGY = "topology"


def cpu_scores(
    node: Node, guests: Sequence[Guest], demands: Sequence[float], weights: Sequence[float]
) -> dict[int, float]:
    """By vmid; `demands` are the guests' own, in cores of the node, and are met by weight."""
    cores = node.capacity.cpu if node.capacity else 0.0
    wanted = fsum(demands) / cores
    granted = divvy(cores, [Claim(weight=w, high=d) for w, d in zip(weights, demands, strict=True)])
    return {
        guest.vmid: cpu_efficiency(share / demand, wanted, spans_sockets=_spans_sockets(node, guest)) if demand else 1.0
        for guest, share, demand in zip(guests, granted, demands, strict=True)
    }


def cpu_unknown(node: Node) -> Iterator[str]:
    if _cores_of_a_socket(node) is None:
        yield TOPOLOGY


def _spans_sockets(node: Node, guest: Guest) -> bool:
    """More vCPUs than a socket has cores, so that some of its memory is far from some of them."""
    cores = _cores_of_a_socket(node)
    return cores is not None and guest.assigned.cpu > cores


def _cores_of_a_socket(node: Node) -> float | None:
    """With a single socket no memory is far away, however many vCPUs a guest has."""
    details = node.details
    if details is None or not details.sockets or not details.cores:
        return None
    return details.cores / details.sockets if details.sockets > 1 else float("inf")

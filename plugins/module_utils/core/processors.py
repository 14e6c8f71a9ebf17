# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How much the processors of nodes can do: how fast they are, and what second threads of cores count (drs-model 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy


def reads_processors(policy: Policy) -> bool:
    """That takes details of every node."""
    return policy.speed_by_clock or policy.smt_share < 1.0


def node_speeds(cluster: Cluster, policy: Policy) -> Mapping[str, float]:
    """By node, of those that have not 1: what the policy names, or clock rates by their median.

    Raises BadPolicy where it names a node that is none, and NoMeasurement where a clock rate is not known.
    """
    unknown = sorted(policy.cpu_speeds.keys() - cluster.node_by_name.keys())
    if unknown:
        raise BadPolicy(f"cpu_speeds names {', '.join(unknown)}, but there are only {', '.join(cluster.node_by_name)}")
    if not policy.speed_by_clock:
        return policy.cpu_speeds
    clocks = {node.name: (node.details.mhz or 0.0) if node.details else 0.0 for node in cluster.measured_nodes}
    _require(clocks, "speed_by_clock: no clock rate", "cpu_speeds")
    return {name: clock / median(clocks.values()) for name, clock in clocks.items()}


def thread_shares(cluster: Cluster, policy: Policy) -> dict[str, float]:
    """By node: its cores, and so much of every further thread as the policy counts, by all of its threads.

    Raises NoMeasurement where the number of cores is not known.
    """
    if policy.smt_share >= 1.0:
        return {}
    cores = {node.name: _cores(node) for node in cluster.measured_nodes}
    _require(cores, "smt_percent: no number of cores", "smt_percent 100")
    threads = {node.name: node.threads for node in cluster.measured_nodes}
    return {name: _counted(cores[name], threads[name], policy.smt_share) / threads[name] for name in cores}


def _cores(node: Node) -> float:
    """Physical ones; 0 where not known."""
    return min(float(node.details.cores or 0), node.threads) if node.details else 0.0


def _counted(cores: float, threads: float, share: float) -> float:
    return cores + share * (threads - cores)


def _require(known: Mapping[str, float], what: str, instead: str) -> None:
    blind = [name for name, value in known.items() if value <= 0.0]
    if blind:
        raise NoMeasurement(f"{what} from node {', '.join(blind)}; does it answer? Use {instead} instead")

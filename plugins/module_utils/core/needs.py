# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What to collect for a policy: never more than its decision needs (drs-model 10.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.adjust import adjusts_memory
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import estimator_of, method_of
from ansible_collections.pve.drs.plugins.module_utils.core.constraints import memory_capacity, memory_overcommit
from ansible_collections.pve.drs.plugins.module_utils.core.explain import troubled
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.processors import reads_processors

# Of so many guests at most the history is asked for only because they are large.
MOST_CANDIDATES = 128


def needs_of(policy: Policy) -> Needs:
    """What the policy's method and estimator need. Raises BadPolicy."""
    has_links = bool(policy.node_link_bytes or policy.node_links)
    has_details = adjusts_memory(policy) or reads_processors(policy)
    own = Needs(node_details=has_details, node_network=has_links, recent_moves=has_links)
    return method_of(policy).needs | estimator_of(policy).needs | own


def guest_needs_of(policy: Policy) -> Needs:
    """What else is needed of guests that may have to move, and of no others. Raises BadPolicy."""
    return method_of(policy).guest_needs


def guests_wanted(cluster: Cluster, plan: Plan) -> frozenset[int]:
    """Guests whose own history a plan depends on and that have none yet: plan again when it was added.

    These are guests that would move, the largest ones of nodes that would lose some, and guests that were moved a short
    while ago: their share is in what the nodes' history says of the time before. Where only links have a speed, what
    guests that would move send and receive is wanted.
    """
    needs, known = needs_of(plan.policy), cluster.history.guests.keys()
    if not (needs.node_history or needs.node_network):
        return frozenset()
    wanted = {planned.move.vmid for planned in plan.moves}
    if needs.node_history:
        losing = troubled(plan.before) | {planned.move.source for planned in plan.moves}
        wanted |= _recently_moved(cluster) | set(candidates(cluster, losing, MOST_CANDIDATES))
    return frozenset(wanted - known)


def candidates(cluster: Cluster, nodes: Collection[str], most: int) -> list[int]:
    """The guests that weigh most on these nodes and may move as far as their listing tells: some of each node, at most so many."""
    by_node: dict[str, list[tuple[float, int]]] = {node: [] for node in sorted(nodes)}
    for guest in cluster.guests:
        if guest.node in by_node and _may_move(guest):
            by_node[guest.node].append((-_share(guest, cluster.node_by_name.get(guest.node)), guest.vmid))
    ranked = ((rank, *found) for of_node in by_node.values() for rank, found in enumerate(sorted(of_node)))
    return [vmid for _rank, _share_of_node, vmid in sorted(ranked)[:most]]


def _share(guest: Guest, node: Node | None) -> float:
    """Of the node's cores or its memory, whichever is more."""
    if node is None or not node.has_capacity or node.capacity is None:
        return 0.0
    return max(guest.demand.cpu / node.capacity.cpu, guest.demand.memory / node.capacity.memory)


def _recently_moved(cluster: Cluster) -> set[int]:
    return {move.vmid for move in cluster.history.moves} & cluster.guest_by_vmid.keys()


def balloons_wanted(cluster: Cluster, plan: Plan) -> frozenset[str]:
    """Nodes above their memory limit, where balloons tell whether that is need (drs-model 2.6), and both ends of
    moves where more memory is promised than may be, unless balloons can take it back (3.3).
    """
    full = {violation.node for violation in plan.before.violations if violation.constraint == memory_capacity.NAME}
    full |= {
        end
        for planned in plan.moves
        if _may_be_overcommitted(cluster, plan, planned.move.target)
        for end in (planned.move.source, planned.move.target)
    }
    return frozenset(name for name in full if not cluster.node_by_name[name].tells_balloons)


def _may_be_overcommitted(cluster: Cluster, plan: Plan, name: str) -> bool:
    """As the plan leaves the node, if no guest there had a balloon that works."""
    node, factor = cluster.node_by_name[name], plan.policy.memory_overcommit
    there = (vmid for vmid, place in plan.placement_after.items() if place == name)
    guests = (cluster.guest_by_vmid[vmid] for vmid in there)
    promised = sum(guest.size.memory for guest in guests if guest.is_active)
    return bool(factor) and promised > memory_overcommit.room_bytes(node, factor)


def status_wanted(cluster: Cluster, plan: Plan) -> frozenset[str]:
    """Nodes whose version and processors a plan depends on: both ends of its moves; all where it explains itself."""
    ends = {end for planned in plan.moves for end in (planned.move.source, planned.move.target)}
    measured = {node.name for node in cluster.measured_nodes if node.details is None}
    return frozenset(measured if plan.policy.explain else measured & ends)


def device_users_of(cluster: Cluster, moves: Iterable[Move]) -> frozenset[int]:
    """Machines that may use devices which guests with mapped devices need on their targets, and did not tell yet."""
    guests = cluster.guest_by_vmid
    targets = {move.target for move in moves if move.vmid in guests and _uses_mapped_devices(guests[move.vmid])}
    return frozenset(
        guest.vmid
        for guest in cluster.guests
        if guest.node in targets and guest.is_active and guest.type == "qemu" and guest.config is None
    )


def _uses_mapped_devices(guest: Guest) -> bool:
    return guest.is_active and guest.config is not None and bool(guest.config.mapped)


def _may_move(guest: Guest) -> bool:
    """As far as its listing tells."""
    return guest.is_active and not guest.is_template and guest.lock is None

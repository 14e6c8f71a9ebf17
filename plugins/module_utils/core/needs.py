# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What to collect for a policy: never more than its decision needs (drs-model 10.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.adjust import adjusts_memory
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import estimator_of, method_of
from ansible_collections.pve.drs.plugins.module_utils.core.constraints import memory_capacity, memory_overcommit
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.cooldown import NO_RETURN_FACTOR
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
    looks_back = has_links or policy.cooldown_seconds > 0 or policy.hold > 1
    own = Needs(
        node_details=has_details,
        node_network=has_links,
        recent_moves=looks_back,
        guest_pressure=bool(policy.pools),
        moves_seconds=NO_RETURN_FACTOR * policy.cooldown_seconds,
    )
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
    wanted = {planned.move.vmid for planned in plan.moves_in_view}
    if needs.node_history:
        losing = troubled(plan.before) | {planned.move.source for planned in plan.moves_in_view}
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
    doubtful = _maybe_overcommitted(cluster, plan) if plan.policy.memory_overcommit else set()
    return frozenset(name for name in full | doubtful if not cluster.node_by_name[name].tells_balloons)


def _maybe_overcommitted(cluster: Cluster, plan: Plan) -> set[str]:
    """A guest that the plan brings to a node counts there already; twice does no harm."""
    promised, factor = _promised_most(cluster, plan), plan.policy.memory_overcommit
    return {
        end
        for move in moves_in_question(cluster, plan)
        if promised[move.target] + cluster.guest_by_vmid[move.vmid].size.memory
        > memory_overcommit.room_bytes(cluster.node_by_name[move.target], factor)
        for end in (move.source, move.target)
    }


def _promised_most(cluster: Cluster, plan: Plan) -> dict[str, float]:
    """By node, as the plan leaves it and if no guest had a balloon that works."""
    promised: dict[str, float] = defaultdict(float)
    for guest in cluster.guests:
        if guest.is_active:
            promised[plan.placement_after[guest.vmid]] += guest.size.memory
    return promised


def moves_in_question(cluster: Cluster, plan: Plan) -> tuple[Move, ...]:
    """Those of the plan, carried out, recommended or alternatives to these, and all of guests that it explains."""
    explained = (cluster.guest_by_vmid[vmid] for vmid in plan.policy.explain)
    asked = (Move(guest.vmid, guest.node, name) for guest in explained for name in cluster.node_by_name)
    return (
        *(planned.move for planned in plan.moves_in_question),
        *(move for move in asked if move.source != move.target),
    )


def status_wanted(cluster: Cluster, plan: Plan) -> frozenset[str]:
    """Nodes whose version and processors a plan depends on: both ends of moves."""
    ends = {end for move in moves_in_question(cluster, plan) for end in (move.source, move.target)}
    return frozenset(node.name for node in cluster.measured_nodes if node.details is None and node.name in ends)


def device_users_of(cluster: Cluster, moves: Iterable[Move]) -> frozenset[int]:
    """Machines that may use devices which guests with mapped devices need on their targets, and did not tell yet."""
    guests = cluster.guest_by_vmid
    wanted = ((move.target, guests[move.vmid].config) for move in moves if move.vmid in guests)
    used = {(target, name) for target, config in wanted if config for name in config.mapped}
    targets = {target for target, name in used if cluster.mapped_devices.get(name, {}).get(target)}
    return frozenset(
        guest.vmid
        for guest in cluster.guests
        if guest.node in targets and guest.is_active and guest.type == "qemu" and guest.config is None
    )


def _may_move(guest: Guest) -> bool:
    """As far as its listing tells."""
    return guest.is_active and not guest.is_template and guest.lock is None

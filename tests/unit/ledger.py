# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a plan does to a cluster, counted by hand: an account of its own for the judge, from nothing but the model."""

from collections import Counter
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field, fields, replace
from statistics import fmean, pstdev

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import Rule
from ansible_collections.pve.drs.tests.unit.pressure_ledger import is_settling, pressure_of
from ansible_collections.pve.drs.tests.unit.rule_ledger import rules_broken, soft_cost

GIB = 1024**3
SLACK = 1e-6  # the judge adds in another order than the engine
STREAM_CORES = 1.0  # a migration keeps one core busy on either end
RESTING_HA_STATES = {None, "ignored", "started", "stopped", "disabled"}
SATURATION = {"memory", "cpu", "pressure"}


@dataclass
class Ledger:
    """Who is where and what each node uses, counted by hand."""

    where: dict[int, str]
    policy: Policy
    cpu: Counter[str] = field(default_factory=Counter)
    memory: Counter[str] = field(default_factory=Counter)
    running: Counter[str] = field(default_factory=Counter)
    vcpus: Counter[str] = field(default_factory=Counter)
    configured: Counter[str] = field(default_factory=Counter)
    local: Counter[str] = field(default_factory=Counter)
    spare: Counter[str] = field(default_factory=Counter)

    def add(self, node: str, guest: Guest, sign: int = 1) -> None:
        if is_assigned(guest, self.policy):
            self.promise(node, guest, sign)
        if is_running(guest):
            self.cpu[node] += sign * guest.demand.cpu
            self.memory[node] += sign * guest.demand.memory
            self.spare[node] += sign * spare_of(guest)
            self.running[node] += sign
            self.local[node] += sign * local_bytes(guest, self.policy)

    def promise(self, node: str, guest: Guest, sign: int = 1) -> None:
        """Count what the guest is configured with."""
        self.vcpus[node] += sign * (guest.size.cpu if guest.vcpus is None else guest.vcpus)
        self.configured[node] += sign * guest.size.memory

    def copy(self) -> "Ledger":
        return replace(self, **{f.name: copy(getattr(self, f.name)) for f in fields(self) if f.name != "policy"})


@dataclass(frozen=True)
class Case:
    """What is judged."""

    cluster: Cluster
    policy: Policy
    plan: Plan


def is_running(guest: Guest) -> bool:
    return guest.status not in {"stopped", "unknown"}


def is_assigned(guest: Guest, policy: Policy) -> bool:
    """What it is configured with counts for its node."""
    return is_running(guest) or (policy.assigned_scope == "all" and not guest.is_template)


def spare_of(guest: Guest) -> float:
    """What ballooning takes back from it when its node is short of memory."""
    b = guest.balloon
    changes = b is not None and is_running(guest) and b.shares > 0 and 0 < b.least_bytes < guest.size.memory
    return max(0.0, min(b.bytes, guest.demand.memory) - b.least_bytes) if changes else 0.0


def is_guess(case: Case, guest: Guest) -> bool:
    """What it adds to the load is not known for sure."""
    return guest.is_estimated or (guest.local_bytes is None and counts_disks(case.policy))


def counts_disks(policy: Policy) -> bool:
    return policy.method == "disk" or (policy.method == "weighted" and policy.method_weights.get("disk", 0) > 0)


def start_of(cluster: Cluster, policy: Policy) -> Ledger:
    """The ledger before the first step; guests that somebody else moves count on both ends."""
    ledger = Ledger({guest.vmid: guest.node for guest in cluster.guests}, policy)
    for node in cluster.nodes:
        if node.usage:
            ledger.cpu[node.name], ledger.memory[node.name] = node.usage.cpu, node.usage.memory
        ledger.local[node.name] = sum(used for _unused, used, _unused in pools(node, policy))
    for guest in cluster.guests:
        ledger.running[guest.node] += is_running(guest)
        ledger.spare[guest.node] += spare_of(guest)
        if is_assigned(guest, policy):
            ledger.promise(guest.node, guest)
    for migration in cluster.migrations:
        guest = cluster.guest_by_vmid.get(migration.vmid)
        if guest and is_running(guest) and migration.target in cluster.node_by_name and migration.target != guest.node:
            ledger.add(migration.target, guest)
    return ledger


def strays_to(case: Case, node: str) -> list[Guest]:
    """Guests under way to an unknown node: there must be room for them wherever they may arrive."""
    lost = {m.vmid for m in case.cluster.migrations if m.target not in case.cluster.node_by_name}
    return [guest for guest in case.cluster.guests if guest.vmid in lost and guest.node != node]


def steps_of(case: Case) -> Iterator[tuple[Step, Ledger, Ledger]]:
    """Every step with the ledger before it and after it."""
    ledger = start_of(case.cluster, case.policy)
    for step in case.plan.steps:
        before = ledger.copy()
        for planned in step.moves:
            guest = case.cluster.guest_by_vmid[planned.move.vmid]
            ledger.where[guest.vmid] = planned.move.target
            ledger.add(planned.move.target, guest)
            ledger.add(planned.move.source, guest, -1)
        yield step, before, ledger.copy()


def end_of(case: Case) -> Ledger:
    return [start_of(case.cluster, case.policy), *(after for _unused, _unused, after in steps_of(case))][-1]


def pools(node: Node, policy: Policy) -> set[tuple[str, float, float]]:
    """Kind, use and size of the local storages; what is equal in all three is one pool (drs-model 2.3.1)."""
    return {(s.plugintype, s.used_bytes, s.total_bytes) for s in node.local_storages or () if _counts(s.id, policy)}


def local_bytes(guest: Guest, policy: Policy) -> float:
    return sum(volume.bytes for volume in guest.local_volumes or () if _counts(volume.storage, policy))


def _counts(storage: str, policy: Policy) -> bool:
    return storage not in policy.excluded_storages and storage in (policy.included_storages or {storage})


def is_measured(node: Node, policy: Policy) -> bool:
    """There is something to divide by, for every method that counts."""
    has_room = bool(node.capacity and node.capacity.cpu > 0 and node.capacity.memory > 0)
    return has_room and (bool(pools(node, policy)) or not counts_disks(policy))


def memory_room(node: Node, policy: Policy) -> float:
    """The host keeps 1 GiB or 2 % of its memory, whichever is more (drs-model 2.2, 3.3)."""
    size = node.capacity.memory if node.capacity else 0
    return policy.memory_max * (size - max(GIB, 0.02 * size))


def cpu_room(node: Node, policy: Policy) -> float:
    return policy.cpu_max * (node.capacity.cpu if node.capacity else 0)


def guest_limit(node: str, policy: Policy) -> float:
    """The smallest `max_guests` that names the node, or every node."""
    counts = [
        rule.count for rule in policy.rules if rule.type == "max_guests" and (not rule.nodes or node in rule.nodes)
    ]
    return min((count for count in counts if count is not None), default=float("inf"))


def hits(rule: Rule, guest: Guest) -> bool:
    named = rule.guests
    by_tag = any(tag in named.tags for tag in guest.tags)
    return guest.vmid in named.vmids or guest.name in named.names or guest.pool in named.pools or by_tag


def why_held(case: Case, guest: Guest) -> str | None:
    """Why this guest must not move at all (drs-model 3.1 to 3.3, 3.10)."""
    held = {
        "is pinned": _is_declared(case.policy, guest, "pin"),
        "is ignored": _is_declared(case.policy, guest, "ignore"),
        "is locked": bool(guest.lock),
        "is a template": guest.is_template and not case.policy.moves_templates,
        f"is {guest.status}": guest.status not in {"running", "stopped"},
        "is on a node that is not there": _home_is_gone(case.cluster, guest),
        "is being migrated by somebody else": guest.vmid in {m.vmid for m in case.cluster.migrations},
        "belongs to the HA manager": _belongs_to_ha(case.cluster, guest),
        "would be restarted": guest.type == "lxc" and is_running(guest) and not case.policy.restart_containers,
    }
    return next((reason for reason, holds in held.items() if holds), None)


def _is_declared(policy: Policy, guest: Guest, kind: str) -> bool:
    return f"drs-{kind}" in guest.tags or any(rule.type == kind and hits(rule, guest) for rule in policy.rules)


def _home_is_gone(cluster: Cluster, guest: Guest) -> bool:
    return not any(node.name == guest.node and node.status == "online" for node in cluster.nodes)


def _belongs_to_ha(cluster: Cluster, guest: Guest) -> bool:
    if guest.hastate in {None, "ignored"}:
        return False
    in_maintenance = any(node.name == guest.node and node.hastate == "maintenance" for node in cluster.nodes)
    return guest.hastate not in RESTING_HA_STATES or in_maintenance or cluster.ha.mode == "freeze"


def is_balanced_by_proxmox(case: Case, guest: Guest) -> bool:
    """Evening out its load is left to Proxmox's own balancer (drs-model 3.10)."""
    if guest.hastate in {None, "ignored"} or not case.cluster.auto_rebalance:
        return False
    told_off = any(r.sid == guest.sid and not r.auto_rebalance for r in case.cluster.ha.resources)
    return case.policy.auto_rebalance == "refuse" or not told_off


def why_closed(case: Case, name: str) -> str | None:
    """Why this node must not gain guests."""
    node = next((node for node in case.cluster.nodes if node.name == name), None)
    if node is None:
        return "is no member"
    if node.status != "online" or node.hastate not in {None, "online"}:
        return f"is {node.status}, {node.hastate}"
    if not node.capacity or node.capacity.cpu <= 0 or node.capacity.memory <= 0:
        return "has no capacity"
    if is_to_be_empty(node):
        return "is being evacuated"
    if is_left_alone(case, name):
        return "is left alone"
    return "is excluded" if name in case.policy.excluded_nodes else None


def is_left_alone(case: Case, name: str) -> bool:
    """Nothing leaves it, nothing comes, and what is wrong there is nobody's business."""
    policy = case.policy
    return name in policy.disabled_nodes or name not in (policy.enabled_nodes or {name})


def is_to_be_empty(node: Node) -> bool:
    """Whoever runs there is in the way."""
    return node.hastate == "maintenance" or node.is_draining


def broken_in(case: Case, ledger: Ledger) -> dict[tuple[str, str], float]:
    """What is broken, by kind and node, and by how much."""
    found: dict[tuple[str, str], float] = {}
    for node in case.cluster.nodes:
        if is_left_alone(case, node.name):
            continue
        memory, cpu = memory_room(node, case.policy), cpu_room(node, case.policy)
        over = {
            "memory": (ledger.memory[node.name] - ledger.spare[node.name]) / memory - 1 if memory > 0 else 0,
            "cpu": ledger.cpu[node.name] / cpu - 1 if cpu > 0 else 0,
            "count": ledger.running[node.name] - guest_limit(node.name, case.policy),
            "maintenance": ledger.running[node.name] if is_to_be_empty(node) else 0,
            "pressure": _over_pressure(case, ledger, node),
        }
        found |= {(kind, node.name): excess for kind, excess in over.items() if excess > SLACK}
    rules = rules_broken(case, ledger.where).items()
    alone = {node.name for node in case.cluster.nodes if is_left_alone(case, node.name)}
    return found | {(kind, what): excess for (kind, what), excess in rules if what.split()[0] not in alone}


def _over_pressure(case: Case, ledger: Ledger, node: Node) -> float:
    if case.policy.method != "psi" or not is_measured(node, case.policy) or is_settling(case.cluster, node.name):
        return 0.0
    return pressure_of(case.cluster, case.policy, node.name, ledger.where) - 1


def loads_of(case: Case, ledger: Ledger) -> dict[str, float]:
    """Load by the method, for the nodes that may both lose and gain."""
    return {
        node.name: load_of(case, ledger, node.name)
        for node in case.cluster.nodes
        if node.status == "online" and not is_to_be_empty(node) and node.name not in case.policy.excluded_nodes
        if not is_left_alone(case, node.name)
        if is_measured(node, case.policy)
    }


def load_of(case: Case, ledger: Ledger, name: str) -> float:
    """Load of a node by the method of the policy."""
    if case.policy.method == "psi":
        return pressure_of(case.cluster, case.policy, name, ledger.where)
    if case.policy.method != "weighted":
        return _load_by(case.policy.method, case, ledger, name)
    weights = {method: weight for method, weight in case.policy.method_weights.items() if weight}
    parts = (weight * _load_by(method, case, ledger, name) for method, weight in weights.items())
    return sum(parts) / sum(weights.values())


def _load_by(method: str, case: Case, ledger: Ledger, name: str) -> float:
    """Fraction of capacity by one method (drs-model 2.3)."""
    node = next(node for node in case.cluster.nodes if node.name == name)
    capacity = node.capacity or NOTHING
    amount, of = {
        "memory": (ledger.memory[name], capacity.memory),
        "cpu": (ledger.cpu[name], node.threads * node.speed),
        "memory_assigned": (ledger.configured[name], capacity.memory),
        "cpu_assigned": (ledger.vcpus[name], node.threads),
        "disk": (ledger.local[name], sum(size for _unused, _unused, size in pools(node, case.policy))),
    }[method.removesuffix("_rrd")]
    return max(0.0, amount) / of


def variation_of(loads: list[float]) -> float:
    if len(loads) < 2 or sum(loads) <= 0:
        return 0.0
    return pstdev(loads) / fmean(loads) / (len(loads) - 1) ** 0.5


def objective(case: Case, ledger: Ledger) -> tuple[float, float, float, float]:
    """Mandatory excess, saturation, cost of should-rules, imbalance: smaller is better, in this order (drs-model 6.1).

    Should-rules come before the imbalance: docs/decisions tells why.
    """
    broken = broken_in(case, ledger)
    saturated = sum(excess for (kind, _unused), excess in broken.items() if kind in SATURATION)
    mandatory = sum(excess for (kind, _unused), excess in broken.items() if kind not in SATURATION)
    imbalance = variation_of(list(loads_of(case, ledger).values()))
    return mandatory, round(saturated, 6), soft_cost(case, ledger.where), round(imbalance, 6)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""A move that is impossible for each guard in turn is refused with that guard's reason (drs-model 3.3)."""

from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.constraints import ha_blockers
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import (
    Cluster,
    Migration,
    Obstacle,
    Precondition,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Bundle, CompiledRules
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import Balloon, GuestConfig, NodeDetails
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, ObjectHistory
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.model.series import Series
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest, a_storage
from ansible_collections.pve.drs.tests.pools import a_pool

MOVE = Move(101, "a", "b")
V2_FLAGS = frozenset({"popcnt", "pni", "sse4_1", "sse4_2", "ssse3"})
INTEL = NodeDetails(version="9.1.2", cpu_vendor="GenuineIntel", cpu_model="Xeon E5", cpu_flags=V2_FLAGS | {"aes"})
AMD = replace(INTEL, cpu_vendor="AuthenticAMD", cpu_model="EPYC 7302")
XEON_GOLD = replace(INTEL, cpu_model="Xeon Gold")
LOCAL = {"local_storages": (a_storage("local", "60G", "100G"),)}


@dataclass(frozen=True, kw_only=True)
class Case:
    """Guest 101 is on a and would go to b; `a`, `b` and `guest` are what differs from plain ones."""

    guest: dict[str, Any] = field(default_factory=dict)
    a: dict[str, Any] = field(default_factory=dict)
    b: dict[str, Any] = field(default_factory=dict)
    others: tuple[Any, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)

    @property
    def problem(self) -> Problem:
        plain = {"capacity": "16c/100G"}
        guest = a_guest(101, **({"node": "a"} | self.guest))
        return make_problem(
            a_cluster({"a": plain | self.a, "b": plain | self.b}, [guest, *self.others], **self.facts), self.policy
        )


def rule(kind, **facts):
    return Policy(rules=(Rule(name="r", type=kind, **facts),))


def reserving(resource, mine, theirs):
    """What guests 101 and 201 have reserved."""
    guests = {101: {resource: {"reservation": mine}}, 201: {resource: {"reservation": theirs}}}
    return Policy(pools=(a_pool("p", guests=guests),))


def found(**parts):
    """What was found out about guest 101."""
    return {"preconditions": {101: Precondition(**parts)}}


def config(**facts):
    return {"config": GuestConfig(**facts)}


def nodes_of(here, there):
    return {"a": {"details": here}, "b": {"details": there}}


MAPPED = config(mapped=("pci/gpu",))
SWAPPING = {"details": NodeDetails(swap_used_bytes=2 * GIB, swap_total_bytes=8 * GIB)}


def waiting(percent):
    """Node b waits for memory, as recorded."""
    series = Series(tuple((60.0 * minute, percent) for minute in range(11)))
    return {"history": History(now=600.0, nodes={"b": ObjectHistory(pressure={"memory_some": series})})}


THIS = GuestSelector(vmids=frozenset({101}))
CASES = {
    "locked": (Case(guest={"lock": "snapshot"}), "guest_state", "it is locked (snapshot)"),
    "template": (Case(guest={"is_template": True, "status": "stopped"}), "guest_state", "it is a template"),
    "half started": (Case(guest={"status": "prelaunch"}), "guest_state", "its status is prelaunch"),
    "under way": (
        Case(facts={"migrations": (Migration(vmid=101, source="a", target="b"),)}),
        "guest_state",
        "it is already being migrated",
    ),
    "on a dead node": (Case(a={"status": "offline"}), "guest_state", "its node a is offline"),
    "backup": (Case(facts={"tasks": {101: "vzdump"}}), "running_task", "task vzdump is running on it"),
    "clone": (Case(facts={"tasks": {101: "qmclone"}}), "running_task", "task qmclone is running on it"),
    "ignored": (Case(policy=rule("ignore", guests=THIS)), "ignored", "it is ignored (rule r)"),
    "pinned": (Case(policy=rule("pin", guests=THIS)), "pinned", "it is pinned to a (rule r)"),
    **{
        f"HA state {state}": (
            Case(guest={"hastate": state}),
            "ha_manager",
            f"the HA manager has it in state {state}",
        )
        for state in ("migrate", "relocate", "recovery", "fence", "freeze", "error", "deleting")
    },
    "running container": (
        Case(guest={"type": "lxc"}),
        "container_restart",
        "moving a running container restarts it (restart_containers is off)",
    ),
    "dead target": (Case(b={"status": "offline"}), "node_available", "b is offline"),
    "target in maintenance": (Case(b={"hastate": "maintenance"}), "node_available", "b is in maintenance"),
    "excluded target": (
        Case(policy=Policy(excluded_nodes=frozenset({"b"}))),
        "excluded_nodes",
        "b is excluded as a target",
    ),
    "not checked by PVE": (Case(facts=found(anywhere="Proxmox VE says: no")), "precondition", "Proxmox VE says: no"),
    "local disk": (
        Case(facts=found(storage=Obstacle(anywhere="it has a local disk"))),
        "storage",
        "it has a local disk",
    ),
    "storage not on the target": (
        Case(facts=found(storage=Obstacle(by_node={"b": "no storage"}))),
        "storage",
        "no storage",
    ),
    "storage that does not answer": (
        Case(guest=config(storages=frozenset({"nfs", "ceph"})), b={"lost_storages": frozenset({"nfs", "iscsi"})}),
        "storage",
        "storage nfs cannot be reached from b",
    ),
    "too little space": (
        Case(b=LOCAL, facts=found(copied={"local": 39 * GIB})),
        "storage_space",
        "storage local has 40.0 GiB free on b, too little for 39.0 GiB",
    ),
    "a volume of unknown size": (
        Case(b=LOCAL, facts=found(copied={"local": inf})),
        "storage_space",
        "storage local has 40.0 GiB free on b, too little for a volume of unknown size",
    ),
    "no figures of a storage": (
        Case(a=LOCAL, facts=found(copied={"local": GIB})),
        "storage_space",
        "storage local reports no free space on b",
    ),
    "device": (Case(facts=found(devices=Obstacle(anywhere="it uses usb0"))), "devices", "it uses usb0"),
    "mapped device not on the target": (
        Case(facts=found(devices=Obstacle(by_node={"b": "no gpu"}))),
        "devices",
        "no gpu",
    ),
    "mapped device in use": (
        Case(
            guest=MAPPED,
            others=(a_guest(201, "b", **MAPPED), a_guest(202, "b")),
            facts={"mapped_devices": {"pci/gpu": {"a": 1, "b": 1}}},
        ),
        "devices",
        "no mapped device pci/gpu is free on b",
    ),
    "fewer mapped devices than wanted": (
        Case(guest=config(mapped=("usb/key", "usb/key")), facts={"mapped_devices": {"usb/key": {"b": 1}}}),
        "devices",
        "no mapped device usb/key is free on b",
    ),
    "cpu type host on another model": (
        Case(guest=config(cpu="host"), **nodes_of(INTEL, XEON_GOLD)),
        "cpu_type",
        "its cpu type host needs processors like those of a (GenuineIntel Xeon E5), b has others (GenuineIntel Xeon Gold)",
    ),
    "custom cpu type on another model": (
        Case(guest=config(cpu="custom-ours"), **nodes_of(INTEL, AMD)),
        "cpu_type",
        "its cpu type custom-ours needs processors like those of a (GenuineIntel Xeon E5), b has others (AuthenticAMD EPYC 7302)",
    ),
    "cpu type host across labels": (
        Case(guest=config(cpu="host"), policy=Policy(cpu_classes={"a": "old", "b": "new"}), **nodes_of(INTEL, INTEL)),
        "cpu_type",
        "its cpu type host needs processors like those of a (old), b has others (new)",
    ),
    "flags that the target lacks": (
        Case(guest=config(cpu="x86-64-v2-AES"), **nodes_of(INTEL, replace(INTEL, cpu_flags=V2_FLAGS - {"sse4_2"}))),
        "cpu_type",
        "its cpu type x86-64-v2-AES needs aes, sse4_2, which b does not have",
    ),
    "model of another vendor": (
        Case(guest=config(cpu="Skylake-Server"), **nodes_of(INTEL, AMD)),
        "cpu_type",
        "its cpu type Skylake-Server stays with processors of GenuineIntel, those of b are of AuthenticAMD",
    ),
    "older version": (
        Case(**nodes_of(NodeDetails(version="9.1.10"), NodeDetails(version="9.1.9"))),
        "version",
        "b runs Proxmox VE 9.1.9, which is older than 9.1.10 of a",
    ),
    "not a replication target": (
        Case(facts=found(replication=Obstacle(by_node={"b": "it is replicated to c only, and runs"}))),
        "replication",
        "it is replicated to c only, and runs",
    ),
    "blocked by HA": (
        Case(facts=found(ha=Obstacle(by_node={"b": "HA keeps it apart from vm:7"}))),
        "ha_blockers",
        "HA keeps it apart from vm:7",
    ),
    "dragged by HA": (
        Case(others=(a_guest(102, type="lxc"),), facts=found(dragged=frozenset({102, 999}))),
        "ha_blockers",
        "HA would move ct:102, 999 along with it",
    ),
    "memory": (
        Case(guest={"demand": "1c/90G"}),
        "memory_capacity",
        "b would use 90.0 GiB, above its limit of 88.2 GiB",
    ),
    "memory that was promised": (
        Case(b={"tells_balloons": True}, others=(a_guest(201, "b", size="1c/90G"),)),
        "memory_overcommit",
        "guests on b would be promised 100.0 GiB, above the limit of 98.0 GiB",
    ),
    "cpu": (Case(guest={"demand": "14c/1G"}), "cpu_capacity", "b would use 15.0 cores, above its limit of 14.4 cores"),
    "vCPUs that were promised": (
        Case(
            guest={"size": "2c/1G"},
            others=tuple(a_guest(201 + n, "b", size="16c/1G", demand="0c/1G") for n in range(4)),
        ),
        "cpu_overcommit",
        "guests on b would be promised 66 vCPUs, above the limit of 64 vCPUs",
    ),
    "cores that are reserved": (
        Case(policy=reserving("cpu", 10, 8), others=(a_guest(201, "b", demand="1c/1G"),)),
        "cpu_reservation",
        "guests on b would have 18 cores of cpu reserved, and it has 16 cores of cpu",
    ),
    "memory that is reserved": (
        Case(policy=reserving("memory", 60, 40), others=(a_guest(201, "b", demand="1c/1G"),)),
        "memory_reservation",
        "guests on b would have 100 GiB of memory reserved, and it has 98 GiB of memory",
    ),
    "more vCPUs than cores": (
        Case(guest={"size": "17c/1G", "demand": "1c/1G"}),
        "guest_size",
        "it has 17 vCPUs, b only 16 cores",
    ),
    "disk usage": (
        Case(b=LOCAL, facts=found(copied={"local": 30 * GIB}), policy=Policy(max_disk_usage=0.85)),
        "disk_usage",
        "storage local of b would be 90 % full, above max_disk_usage of 85 %",
    ),
    "guest count": (
        Case(policy=rule("max_guests", count=1), others=(a_guest(201, "b"),)),
        "max_guests",
        "b would run more than the 1 guests that rule r allows",
    ),
    "hot target": (
        Case(b=SWAPPING, facts=waiting(0.5)),
        "hot_target",
        "b uses 25 % of its swap, and tasks wait for memory there",
    ),
    "huge pages": (
        Case(guest=config(hugepages="1024")),
        "host_layout",
        "it is bound to its host by hugepages, and host_layouts does not say that b is like a",
    ),
    "cpus and NUMA nodes of the host": (
        Case(
            guest=config(affinity="0-3", hostnodes={"numa1": "1", "numa0": "0"}),
            policy=Policy(host_layouts={"a": "x", "b": "y"}),
        ),
        "host_layout",
        "it is bound to its host by affinity, numa0, numa1, and host_layouts does not say that b is like a",
    ),
}


@pytest.mark.parametrize(("case", "constraint", "reason"), CASES.values(), ids=CASES)
def test_an_impossible_move_is_refused_with_the_reason_of_its_guard(case, constraint, reason):
    problem = case.problem
    placement = problem.placement()
    refusal = problem.refusal(placement, MOVE)
    assert (refusal.constraint, refusal.reason) == (constraint, reason)
    assert problem.targets(placement, 101) == set()


ALLOWED = {
    "plain": Case(),
    "a task on another guest": Case(facts={"tasks": {102: "vzdump"}}),
    "a storage that it does not use": Case(
        guest=config(storages=frozenset({"ceph"})), b={"lost_storages": frozenset({"nfs"})}
    ),
    "a storage that does not answer, of a guest that nobody asked": Case(b={"lost_storages": frozenset({"nfs"})}),
    "just enough space": Case(b=LOCAL, facts=found(copied={"local": 38 * GIB})),
    "a storage that nobody lists": Case(facts=found(copied={"local": 38 * GIB}), policy=Policy(max_disk_usage=0.5)),
    "a mapped device that is free": Case(
        guest=MAPPED,
        others=(a_guest(201, "b", status="stopped", **MAPPED),),
        facts={"mapped_devices": {"pci/gpu": {"b": 1}}},
    ),
    "a mapped device of a guest that does not run": Case(
        guest=MAPPED | {"status": "stopped"}, facts={"mapped_devices": {"pci/gpu": {"b": 0}}}
    ),
    "a mapping that nobody counted": Case(guest=MAPPED),
    "cpu type host on the same model": Case(guest=config(cpu="host"), **nodes_of(INTEL, INTEL)),
    "cpu type host on a model that nobody asked": Case(guest=config(cpu="host"), a={"details": INTEL}),
    "cpu type host on a model that is not told": Case(guest=config(cpu="host"), **nodes_of(INTEL, NodeDetails())),
    "cpu type host within a label": Case(
        guest=config(cpu="host"), policy=Policy(cpu_classes={"a": "x", "b": "x"}), **nodes_of(INTEL, XEON_GOLD)
    ),
    "a level that another vendor has": Case(guest=config(cpu="x86-64-v2-AES"), **nodes_of(INTEL, AMD)),
    "a level between nodes that tell no flags": Case(
        guest=config(cpu="x86-64-v3"), **nodes_of(replace(INTEL, cpu_flags=frozenset()), INTEL)
    ),
    "a model of the same vendor": Case(guest=config(cpu="Skylake-Server"), **nodes_of(INTEL, XEON_GOLD)),
    "a model where no vendor is told": Case(guest=config(cpu="Skylake-Server"), **nodes_of(INTEL, NodeDetails())),
    "a model on a node that nobody asked": Case(guest=config(cpu="Skylake-Server"), b={"details": AMD}),
    "the plain processor": Case(guest=config(cpu="kvm64"), **nodes_of(INTEL, AMD)),
    "the processor that nobody chose": Case(guest=config(), **nodes_of(INTEL, AMD)),
    "a container whose processor differs": Case(
        guest={"type": "lxc", "status": "stopped"} | config(), **nodes_of(INTEL, AMD)
    ),
    "from old to new": Case(**nodes_of(NodeDetails(version="8.4.21"), NodeDetails(version="9.0.0~11"))),
    "between equals": Case(**nodes_of(NodeDetails(version="9.1.9"), NodeDetails(version="9.1.9"))),
    "to an unknown version": Case(**nodes_of(NodeDetails(version="9.1.9"), NodeDetails())),
    "from an unknown version": Case(b={"details": NodeDetails(version="9.1.9")}),
    "promised memory, exactly": Case(b={"tells_balloons": True}, others=(a_guest(201, "b", size="1c/88G"),)),
    "promised memory that ballooning takes back": Case(
        b={"tells_balloons": True},
        others=(a_guest(201, "b", size="1c/90G", balloon=Balloon(bytes=80 * GIB, least_bytes=20 * GIB)),),
    ),
    "promised memory that is merged": Case(
        b={"tells_balloons": True, "details": NodeDetails(ksm_bytes=3 * GIB)},
        others=(a_guest(201, "b", size="1c/90G"),),
    ),
    "promised memory of a node that nobody asked": Case(others=(a_guest(201, "b", size="1c/200G"),)),
    "promised memory without a limit": Case(
        b={"tells_balloons": True}, others=(a_guest(201, "b", size="1c/200G"),), policy=Policy(memory_overcommit=0.0)
    ),
    "promised memory of a guest that does not run": Case(
        guest={"status": "stopped", "size": "1c/300G"}, b={"tells_balloons": True}
    ),
    "vCPUs without a limit": Case(
        others=tuple(a_guest(201 + n, "b", size="16c/1G", demand="0c/1G") for n in range(9)),
        policy=Policy(cpu_overcommit=0.0),
    ),
    "a storage as full as it may be": Case(
        b=LOCAL, facts=found(copied={"local": 25 * GIB}), policy=Policy(max_disk_usage=0.85)
    ),
    "swap in use where nothing waits": Case(b=SWAPPING, facts=waiting(0.0)),
    "swap in use where nobody looked at pressure": Case(b=SWAPPING),
    "pressure without swap in use": Case(facts=waiting(30.0)),
    "pressure with little swap in use": Case(
        b={"details": NodeDetails(swap_used_bytes=GIB / 2, swap_total_bytes=8 * GIB)}, facts=waiting(30.0)
    ),
    "pressure that is long past": Case(b=SWAPPING, facts={"history": replace(waiting(30.0)["history"], now=3600.0)}),
    "huge pages on a node that is alike": Case(
        guest=config(hugepages="any"), policy=Policy(host_layouts={"a": "x", "b": "x"})
    ),
}


@pytest.mark.parametrize("case", ALLOWED.values(), ids=ALLOWED)
def test_a_move_that_is_possible_is_allowed(case):
    problem = case.problem
    placement = problem.placement()
    assert problem.refusal(placement, MOVE) is None
    assert problem.targets(placement, 101) == {"b"}


def test_every_guard_refuses_in_this_table_or_has_one_of_its_own():
    """Load, network, nodes that are left alone and rules about several guests have tests of their own."""
    left_alone = {"backup", "disabled_nodes"}
    elsewhere = {"pressure", "network", "allowed_nodes", "separate", "together", "cooldown"} | left_alone
    names = {constraint.name for constraint in make_problem(Cluster(), Policy()).constraints}
    assert names - elsewhere == {constraint for _unused, constraint, _reason in CASES.values()}


def test_guests_of_a_bundle_are_not_dragged_along():
    cluster = a_cluster(
        {"a": "8c/64G", "b": "8c/64G"}, ["101 a 1c/1G", "102 a 1c/1G"], **found(dragged=frozenset({102}))
    )
    bundle = Bundle(vmids=(101, 102), source="rule web")
    constraint = ha_blockers.build(Given(cluster, Policy(), CompiledRules(bundles={101: bundle, 102: bundle})))
    placement = make_problem(cluster, Policy()).placement()
    assert constraint.refusal(placement, MOVE) is None
    assert constraint.targets(placement, 101, frozenset({"b"})) == {"b"}


# --- several guests at once -----------------------------------------------------------------------------------------

TWO = {
    "space": (
        {"b": LOCAL, "facts": {"preconditions": {n: Precondition(copied={"local": 20 * GIB}) for n in (101, 102)}}},
        "storage local has 40.0 GiB free on b, too little for 40.0 GiB",
    ),
    "devices": (
        {"guest": MAPPED, "facts": {"mapped_devices": {"pci/gpu": {"b": 1}}}},
        "no mapped device pci/gpu is free on b",
    ),
    "promised memory": (
        {"guest": {"size": "1c/50G"}, "b": {"tells_balloons": True}},
        "guests on b would be promised 100.0 GiB, above the limit of 98.0 GiB",
    ),
}


@pytest.mark.parametrize("act", ["apply", "start"])
@pytest.mark.parametrize(("facts", "reason"), TWO.values(), ids=TWO)
def test_what_is_there_for_one_is_not_there_for_two(facts, reason, act):
    """Whether the first has arrived or is on its way."""
    twin = a_guest(102, **({"node": "a"} | facts.get("guest", {})))
    problem = Case(others=(twin,), **facts).problem
    placement = problem.placement()
    assert problem.targets(placement, 101) == problem.targets(placement, 102) == {"b"}
    getattr(placement, act)(Move(102, "a", "b"))
    assert problem.refusal(placement, MOVE).reason == reason
    assert problem.targets(placement, 101) == set()


def test_what_is_on_a_storage_already_is_not_counted_again():
    """102 has its volume on b, where it was all along."""
    bring = {n: Precondition(copied={"local": 20 * GIB}) for n in (101, 102)}
    problem = Case(b=LOCAL, others=(a_guest(102, "b"),), facts={"preconditions": bring}).problem
    assert problem.targets(problem.placement(), 101) == {"b"}


def test_a_guest_on_its_way_to_nobody_knows_where_counts_everywhere():
    others = tuple(a_guest(201 + n, "b", size="15c/1G", demand="0c/1G") for n in range(4))
    lost = a_guest(301, "c", size="16c/1G", demand="0c/1G")
    cluster = a_cluster(dict.fromkeys("abc", "16c/100G"), [a_guest(101, size="2c/1G"), *others, lost])
    problem = make_problem(cluster, Policy())
    assert problem.targets(problem.placement(), 101) == {"b", "c"}
    moving = make_problem(replace(cluster, migrations=(Migration(vmid=301, source="c"),)), Policy())
    assert moving.targets(moving.placement(), 101) == {"c"}

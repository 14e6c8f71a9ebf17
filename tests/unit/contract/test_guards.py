# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Each technical obstacle of the scenario `guards`, seen through the API: who may not go where, and why."""

import contextlib
from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.tests.unit.simulated import BY_HAND, Scene, VirtualClock, connect
from simulator.scenario import load_world
from simulator.server import running

PLAIN = Policy(triggers=())
LABELS = {"pve1": "x", "pve2": "x", "amd": "y"}
LABELLED = replace(PLAIN, cpu_classes=LABELS | {"amd": "x"}, host_layouts=LABELS)
COPYING = replace(PLAIN, with_local_disks=True, restart_containers=True)
POLICIES = {"plain": PLAIN, "labelled": LABELLED, "copying": COPYING}


@contextlib.contextmanager
def guarded(policy):
    """The scenario, and a client with the rights that it gives."""
    world = load_world("guards")
    with running(world, BY_HAND) as sim:
        name, secret = min(sim.connection["tokens"].items())
        login = {"token_id": name.partition("!")[2], "token_secret": secret}
        with Client(connect(sim, **login)) as client:
            yield Scene(sim, client, VirtualClock(sim), policy)


def explained(policy):
    """Constraint and reason by guest and target, for every guest on pve1."""
    with guarded(policy) as found:
        vmids = tuple(sorted(guest.vmid for guest in found.collect().guests if guest.node == "pve1"))
        found.policy = replace(policy, explain=vmids)
        answers = found.decide().answers
        assert found.writes() == []
    return {(answer.vmid, answer.target): (answer.constraint, answer.reason) for answer in answers}


@pytest.fixture(scope="module")
def answers():
    """By policy."""
    return {name: explained(policy) for name, policy in POLICIES.items()}


REFUSED = {
    "state: lock": ("plain", 111, "pve2", "guest_state", "it is locked (backup)"),
    "state: paused": ("plain", 112, "pve2", "guest_state", "its status is paused"),
    "state: template": ("plain", 113, "pve2", "guest_state", "it is a template"),
    "state: running container": ("plain", 114, "pve2", "container_restart", "moving a running container restarts it"),
    "storage: not on all nodes": ("plain", 121, "amd", "storage", "storage san is not available there"),
    "storage: switched off": ("plain", 126, "pve2", "storage", "storage archive is not available there"),
    "storage: local disk": ("plain", 122, "amd", "storage", "it has local disks local-zfs:vm-122-disk-0"),
    "storage: CD image": ("plain", 123, "pve2", "storage", "CD image local:iso/debian.iso is only on its node"),
    "storage: snapshot": (
        "copying",
        124,
        "amd",
        "storage",
        "local disk local-zfs:vm-124-disk-0 is part of a snapshot and",
    ),
    "storage: snapshot of LVM": ("copying", 125, "pve2", "storage", "local disk local-lvm:vm-125-disk-0 is part of a"),
    "storage: path": ("copying", 127, "pve2", "storage", "its disk /dev/disk/by-id/ata-disk is a path of its node"),
    "storage: path of a container": ("copying", 128, "pve2", "devices", "mp0 is a path of its node"),
    "storage: space": ("copying", 122, "pve2", "storage_space", "storage local-zfs has 24.0 GiB free on pve2, too"),
    "devices: pci": ("plain", 131, "pve2", "devices", "it uses hostpci0 of its node"),
    "devices: usb": ("plain", 132, "pve2", "devices", "it uses usb0 of its node"),
    "devices: serial": ("plain", 133, "pve2", "devices", "it uses serial0 of its node"),
    "devices: mapped, live": (
        "plain",
        134,
        "pve2",
        "devices",
        "its mapped device hostpci0 cannot be moved while it runs",
    ),
    "devices: mapped usb": ("plain", 136, "pve2", "devices", "its mapped device usb0 cannot be moved while it runs"),
    "devices: folder": ("plain", 137, "pve2", "devices", "its mapped device virtiofs0 cannot be moved while it runs"),
    "devices: mapped elsewhere": ("plain", 135, "amd", "devices", "mapped device hostpci0 does not exist there"),
    "devices: none free": ("plain", 135, "pve2", "devices", "no mapped device pci/nic is free on pve2"),
    "processor: host": ("plain", 141, "amd", "cpu_type", "its cpu type host needs processors like those of pve1"),
    "processor: flags": ("plain", 142, "amd", "cpu_type", "its cpu type x86-64-v4 needs avx512bw, avx512cd"),
    "processor: vendor": (
        "plain",
        143,
        "amd",
        "cpu_type",
        "its cpu type Skylake-Server stays with processors of GenuineI",
    ),
    "version": ("plain", 101, "old", "version", "old runs Proxmox VE 9.0.11, which is older than 9.2.11 of pve1"),
    "replication": ("copying", 151, "pve2", "replication", "it is replicated to amd only, and runs"),
    "replication: ends": ("copying", 152, "amd", "replication", "its replication job 152-0 is being removed"),
    "memory": ("plain", 175, "full", "memory_capacity", "full would use 65.2 GiB, above its limit of 56.4 GiB"),
    "cpu": ("plain", 101, "full", "cpu_capacity", "full would use 8.3 cores, above its limit of 7.2 cores"),
    "target in maintenance": ("plain", 101, "tools", "node_available", "tools is in maintenance"),
    "host: huge pages": ("plain", 172, "pve2", "host_layout", "it is bound to its host by hugepages, and host_layouts"),
    "host: cpus": ("labelled", 173, "amd", "host_layout", "it is bound to its host by affinity, and host_layouts"),
    "host: NUMA": ("labelled", 174, "amd", "host_layout", "it is bound to its host by numa0, and host_layouts"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_an_impossible_move_is_refused_with_the_reason_of_its_guard(case, answers):
    policy, vmid, target, constraint, reason = case
    found = answers[policy][vmid, target]
    assert (found[0], found[1][: len(reason)]) == (constraint, reason)


POSSIBLE = {
    "nothing in the way": ("plain", 101, "amd"),
    "a storage of two nodes": ("plain", 121, "pve2"),
    "a local disk with room": ("copying", 122, "amd"),
    "a container": ("copying", 114, "pve2"),
    "cpu type host on the same processor": ("plain", 141, "pve2"),
    "cpu type of a level on the same processor": ("plain", 142, "pve2"),
    "cpu type host within a label": ("labelled", 141, "amd"),
    "a replication target": ("copying", 151, "amd"),
    "huge pages within a label": ("labelled", 172, "pve2"),
}


@pytest.mark.parametrize(("policy", "vmid", "target"), POSSIBLE.values(), ids=POSSIBLE)
def test_a_move_that_is_possible_is_allowed(policy, vmid, target, answers):
    assert answers[policy][vmid, target] == (None, None)


def test_whatever_is_allowed_works(answers):
    """Each guest goes to the first node that takes it, and arrives. Labels may lie, so they are left out.

    HA cannot start 115 at all, which nobody knows yet.
    """
    free = (move for move, (constraint, _unused) in answers["copying"].items() if constraint is None)
    allowed = sorted((vmid, target) for vmid, target in free if vmid != 115)
    first = dict(reversed(allowed))
    assert len(first) > 10
    with guarded(COPYING) as found:
        guests = {vmid: found.world.guests[vmid] for vmid in first}
        for vmid, target in first.items():
            params = {"target": target}
            if guests[vmid].is_running:
                params |= {"restart": 1} if guests[vmid].type == "lxc" else {"online": 1, "with-local-disks": 1}
            found.api.migrate("pve1", guests[vmid].type, vmid, params)
        found.sim.advance(3600)
        assert {vmid: found.node_of(vmid) for vmid in first} == first


def test_a_storage_that_stops_to_answer_closes_its_node():
    """PVE's own check does not look at that."""
    with guarded(replace(PLAIN, explain=(121,))) as found:
        found.sim.call(lambda: found.world.storage_down("san", "pve2"))
        found.sim.advance(400)
        reasons = {answer.target: answer.reason for answer in found.decide().answers}
    assert reasons["pve2"] == "storage san cannot be reached from pve2"


def test_only_guests_in_question_and_nodes_that_may_take_them_are_asked():
    """No request twice, and none about a guest of a node where all is well.

    Memory of pve1 is above its limit: its balloons are asked about, and who would leave it, until enough of them may.
    Of guests elsewhere it is at most asked which devices they hold.
    """
    with guarded(PLAIN) as found:
        before = found.collect()
        found.sim.log.clear()
        decide(found.api, before, replace(PLAIN, explain=(101, 121)))
        asked = sorted(entry.path for entry in found.sim.log.entries())
    on_the_full_node = {guest.vmid for guest in before.guests if guest.node == "pve1"}
    moving = {int(path.split("/")[4]) for path in asked if path.endswith("/migrate")}
    about_all = {"/access/permissions", "/cluster/replication", "/cluster/mapping/pci", "/nodes/pve1/qemu"}
    nodes = {f"/nodes/{node.name}/status" for node in before.nodes}
    assert len(asked) == len(set(asked))
    assert {101, 121} < moving <= on_the_full_node
    assert {path for path in asked if not path.endswith(("/config", "/migrate"))} == about_all | nodes

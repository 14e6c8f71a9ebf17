# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The checks of the technical guards find plans that break them."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Migration, Obstacle, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import GuestConfig, NodeDetails
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.builders import GIB, a_guest, a_storage
from ansible_collections.pve.drs.tests.unit.guard_judge import GUARD_CHECKS
from ansible_collections.pve.drs.tests.unit.judge import complaints
from ansible_collections.pve.drs.tests.unit.test_judge import NODES, a_held_guest, planted

PLAIN = {"capacity": "8c/100G"}
INTEL = NodeDetails(
    version="9.1.10",
    cpu_vendor="GenuineIntel",
    cpu_model="Xeon",
    cpu_flags=frozenset({"popcnt", "pni", "sse4_1", "sse4_2", "ssse3"}),
)
AMD = replace(INTEL, cpu_vendor="AuthenticAMD", cpu_model="EPYC")
DISK = {"local_storages": (a_storage("local", "60G", "100G"),)}
TWO_BRING = {vmid: Precondition(copied={"local": 20 * GIB}) for vmid in (101, 102)}
WIDE = [a_guest(101 + n, demand="1c/1G", size="8c/1G") for n in range(2)] + [
    a_guest(201, "b", demand="1c/1G", size="8c/1G")
]


def between(here, there, **config):
    """101 goes from one node to another that tell this of themselves."""
    nodes = {**NODES, "a": PLAIN | {"details": here}, "b": PLAIN | {"details": there}}
    return planted(["101 a->b"], nodes=nodes, guests=a_held_guest(config=GuestConfig(**config)))


def found_out(**parts):
    return planted(["101 a->b"], preconditions={101: Precondition(**parts)})


def sharing(*steps, **facts):
    """Two guests want the same device."""
    guests = [a_guest(vmid, demand="1c/1G", config=GuestConfig(mapped=("pci/gpu",))) for vmid in (101, 102)]
    return planted(*steps, guests=guests, mapped_devices={"pci/gpu": {"b": 1}}, **facts)


FAULTS = {
    "nothing_works_on_moved_guests: backup": planted(["101 a->b"], tasks={101: "vzdump"}),
    "obstacles_are_respected: storage": found_out(storage=Obstacle(anywhere="no")),
    "obstacles_are_respected: devices": found_out(devices=Obstacle(by_node={"b": "no"})),
    "obstacles_are_respected: replication": found_out(replication=Obstacle(by_node={"b": "no"})),
    "obstacles_are_respected: HA": found_out(ha=Obstacle(by_node={"b": "no"})),
    "needed_storages_answer: one is lost": planted(
        ["101 a->b"],
        nodes={**NODES, "b": PLAIN | {"lost_storages": frozenset({"nfs"})}},
        guests=a_held_guest(config=GuestConfig(storages=frozenset({"nfs"}))),
    ),
    "processors_fit: host": between(INTEL, replace(INTEL, cpu_model="Xeon Gold"), cpu="host"),
    "processors_fit: vendor": between(INTEL, AMD, cpu="Skylake-Server"),
    "processors_fit: flags": between(INTEL, replace(INTEL, cpu_flags=frozenset({"popcnt"})), cpu="x86-64-v2"),
    "versions_never_go_back: older": between(INTEL, replace(INTEL, version="9.1.9")),
    "bound_guests_keep_their_layout: affinity": planted(
        ["101 a->b"], guests=a_held_guest(config=GuestConfig(affinity="0"))
    ),
    "storages_hold_what_comes: two steps": planted(
        ["101 a->b"], ["102 a->b"], nodes={**NODES, "b": PLAIN | DISK}, preconditions=TWO_BRING
    ),
    "storages_hold_what_comes: share": planted(
        ["101 a->b"], nodes={**NODES, "b": PLAIN | DISK}, preconditions=TWO_BRING, policy=Policy(max_disk_usage=0.7)
    ),
    "devices_are_free: two at once": sharing(["101 a->b", "102 a->b"]),
    "devices_are_free: one after the other": sharing(["101 a->b"], ["102 a->b"]),
    "promises_are_bounded: vCPUs": planted(["101 a->b"], guests=WIDE, policy=Policy(cpu_overcommit=1.0)),
    "promises_are_bounded: two at once": planted(
        ["101 a->b", "102 a->b"], guests=WIDE, policy=Policy(cpu_overcommit=2.0)
    ),
    "promises_are_bounded: room for a stray": planted(
        ["101 a->c"], guests=WIDE, policy=Policy(cpu_overcommit=1.0), migrations=(Migration(vmid=201, source="b"),)
    ),
    "promises_are_bounded: memory": planted(
        ["101 a->b"],
        nodes={**NODES, "b": PLAIN | {"tells_balloons": True}},
        guests=[a_guest(101, demand="1c/1G", size="1c/60G"), a_guest(201, "b", demand="1c/1G", size="1c/60G")],
    ),
}


@pytest.mark.parametrize(("fault", "case"), FAULTS.items(), ids=FAULTS)
def test_a_fault_is_found_by_the_check_for_it(fault, case):
    assert fault.partition(":")[0] in {complaint.partition(":")[0] for complaint in complaints(*case)}


def test_every_check_has_found_a_fault():
    assert {fault.partition(":")[0] for fault in FAULTS} == set(GUARD_CHECKS)

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Processors, releases and devices: where a guest cannot go, and what the log says then."""

import pytest

from simulator.world.cpu import flags, missing_flags

from .asking import ACCESS, Asking, Refused
from .worlds import ME, a_world, log_of, move, until

NODES = """
nodes:
  pve1: {}
  pve2: {cpu_model: AMD EPYC 7763 64-Core Processor, cpu_level: 3}
  pve3: {cpu_level: 3}
"""
FEATURES = "[{}] kvm: Host doesn't support requested features"
REMOTE = "ERROR: online migrate failure - remote command failed with exit code 255"
GPUS = "{name: gpu, kind: pci, live: true, nodes: {pve1: 'path=0000:01:00.0', pve2: ['path=0000:02:00.0', 'path=0000:03:00.0']}}"


def arrives(world, target):
    """Move 101 there while it runs; gives the log."""
    task = move(world, 101, target, online=True)
    until(world, lambda: not task.is_running)
    assert (world.guests[101].node == target) == (task.exitstatus == "OK")
    return log_of(task)


@pytest.mark.parametrize(
    ("cpu", "target", "failure"),
    [
        ("x86-64-v2-AES", "pve2", None),
        ("x86-64-v3", "pve2", None),
        ("x86-64-v4", "pve3", FEATURES.format("pve3")),
        ("Cascadelake-Server-v4", "pve3", FEATURES.format("pve3")),
        ("Haswell", "pve3", None),
        ("Haswell", "pve2", FEATURES.format("pve2")),
        ("cputype=x86-64-v2-AES,flags=+avx512f", "pve3", FEATURES.format("pve3")),
        ("host", "pve3", "migration status error: failed"),
        ("cputype=host,flags=+aes", "pve2", "migration status error: failed"),
        ("kvm64", "pve2", None),
    ],
)
def test_a_running_vm_goes_where_its_processor_type_is(cpu, target, failure):
    world = a_world(f"{NODES}guests: [{{vmid: 101, node: pve1, cpu_type: '{cpu}'}}]")
    log = arrives(world, target)
    assert (failure in log) if failure else log[-1] == "TASK OK"
    expected = {
        FEATURES.format(target): REMOTE,
        "migration status error: failed": "ERROR: online migrate failure - aborting",
    }
    assert failure is None or expected[failure] in log
    assert world.guests[101].is_running
    assert world.guests[101].lock is None


def test_a_stopped_vm_goes_anywhere_but_does_not_start_everywhere():
    world = a_world(f"{NODES}guests: [{{vmid: 101, node: pve1, cpu_type: x86-64-v4, status: stopped}}]")
    guest = world.guests[101]
    move(world, 101, "pve3")
    until(world, lambda: guest.node == "pve3" and not guest.lock)
    assert missing_flags(guest, world.nodes["pve3"]) == ["avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"]
    task = world.tasks.get(world.power(guest, "start", ME))
    until(world, lambda: not task.is_running)
    assert "Host doesn't support requested features" in task.exitstatus


def test_nodes_tell_their_processors():
    access = "acl: [{path: /, user: drs@pve, role: Administrator}]"
    ask = Asking(a_world(ACCESS + access + NODES))
    rows = {name: ask("GET", f"/nodes/{name}/status")["cpuinfo"] for name in ("pve1", "pve2", "pve3")}
    assert [row["vendor"] for row in rows.values()] == ["GenuineIntel", "AuthenticAMD", "GenuineIntel"]
    assert ["avx512f" in row["flags"].split() for row in rows.values()] == [True, False, False]
    assert ["svm" in row["flags"].split() for row in rows.values()] == [False, True, False]
    assert {"aes", "sse4_2"} <= set(flags(a_world(NODES).nodes["pve3"]))


def test_in_a_rolling_upgrade_the_way_back_is_closed():
    world = a_world(
        "nodes: {pve1: {version: 8.4.21}, pve2: {}, pve3: {version: 8.4.21}}\nguests: [{vmid: 101, node: pve1}]"
    )
    assert arrives(world, "pve2")[-1] == "TASK OK"
    assert arrives(world, "pve3")[-1] == "TASK OK"
    guest = world.guests[101]
    assert guest.machine == "pc-i440fx-9.2+pve1"
    world.set_running(guest, running=False)
    world.place(guest, "pve2")
    world.set_running(guest, running=True)
    assert guest.machine == "pc-i440fx-10.1+pve0"
    old = "Installed QEMU version '9.2.0' is too old to run machine type 'pc-i440fx-10.1+pve0', please upgrade node 'pve3'"
    assert f"[pve3] {old}" in arrives(world, "pve3")
    world.upgrade_node("pve3", "9.2.11")
    assert arrives(world, "pve3")[-1] == "TASK OK"


def test_a_pinned_machine_type_may_go_back():
    world = a_world(
        "nodes: {pve1: {version: 8.4.21}, pve2: {}}\nguests: [{vmid: 101, node: pve2, config: {machine: pc-q35-9.0}}]"
    )
    assert arrives(world, "pve1")[-1] == "TASK OK"


def test_a_device_in_use_holds_a_running_vm_back():
    world = a_world(f"""
guests:
  - {{vmid: 101, node: pve1, config: {{hostpci0: mapping=gpu}}}}
  - {{vmid: 102, node: pve2, config: {{hostpci0: mapping=gpu}}}}
  - {{vmid: 103, node: pve2, status: stopped, config: {{hostpci0: mapping=gpu}}}}
mappings: [{GPUS}]
""")
    assert arrives(world, "pve2")[-1] == "TASK OK"
    task = world.tasks.get(world.power(world.guests[103], "start", ME))
    until(world, lambda: not task.is_running)
    assert task.exitstatus == "could not find a free device for 'hostpci0'"
    world.set_running(world.guests[102], running=False)
    task = world.tasks.get(world.power(world.guests[103], "start", ME))
    until(world, lambda: not task.is_running)
    assert task.exitstatus == "OK"


def test_a_single_device_in_use_is_named():
    world = a_world(f"""
guests:
  - {{vmid: 101, node: pve2, config: {{hostpci0: mapping=gpu}}}}
  - {{vmid: 102, node: pve1, config: {{hostpci0: mapping=gpu}}}}
mappings: [{GPUS}]
""")
    assert "[pve1] PCI device '0000:01:00.0' already in use by VMID '102'" in arrives(world, "pve1")


def test_mappings_are_listed_and_read_one_by_one():
    access = "acl: [{path: /mapping/pci, user: drs@pve, role: PVEMappingUser}]\n"
    usb = "{name: stick, kind: usb, nodes: {pve1: 'id=0951:1666'}, description: licence}"
    ask = Asking(a_world(f"{ACCESS}{access}mappings: [{GPUS}, {usb}]"))
    row = ask("GET", "/cluster/mapping/pci")[0]
    assert row["map"] == [
        "node=pve1,path=0000:01:00.0", "node=pve2,path=0000:02:00.0", "node=pve2,path=0000:03:00.0"]  # fmt: skip
    one = ask("GET", "/cluster/mapping/pci/gpu")
    assert (one["live-migration-capable"], one["map"], one["digest"]) == (1, row["map"], row["digest"])
    assert ask("GET", "/cluster/mapping/usb") == []
    with pytest.raises(Refused, match="mapping 'none' not found"):
        ask("GET", "/cluster/mapping/pci/none")
    with pytest.raises(Refused, match="403"):
        ask("GET", "/cluster/mapping/usb/stick")

# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Writing configs through the API: what takes effect at once, what waits for a start, and what is refused."""

import pytest

from .asking import ACCESS, ADMIN, Asking, Refused
from .worlds import ME, a_world, until

WEAK = "op@pve!some"
WORLD = f"""{ACCESS}
roles: {{Weigher: [VM.Audit, VM.Config.CPU], Nobody: [VM.Audit, VM.Console]}}
acl:
  - {{path: /, user: drs@pve, role: Administrator}}
  - {{path: /vms/101, user: op@pve, role: Weigher}}
guests:
  - {{vmid: 101, node: pve1, memory: 4G, config: {{cpuunits: 200}}}}
  - {{vmid: 102, node: pve1, status: stopped}}
  - {{vmid: 201, node: pve1, type: lxc, memory: 4G, cores: 2}}
"""
VM, STOPPED, CONTAINER = "/nodes/pve1/qemu/101", "/nodes/pve1/qemu/102", "/nodes/pve1/lxc/201"


def asking(extra="", profile=None):
    world = a_world(WORLD + extra, profile)
    return world, Asking(world)


def refusal(ask, path, verb="PUT", **params):
    with pytest.raises(Refused) as caught:
        ask(verb, f"{path}/config", **params)
    return caught.value.errors or caught.value.message


def waiting(ask, path):
    """What stands in /pending beside the values in force, by option."""
    rows = ask("GET", f"{path}/pending")
    return {
        row["key"]: row.get("pending", ("gone", row.get("delete"))) for row in rows if {"pending", "delete"} & set(row)
    }


def running(ask, path, option):
    return ask("GET", f"{path}/config", current="1").get(option)


HOT_OF_VMS = {
    "cpuunits": 300,
    "cpulimit": "1.5",
    "balloon": 2048,
    "shares": 2000,
    "tags": "web",
    "name": "other",
    "onboot": 1,
}
COLD_OF_VMS = {"cores": 8, "sockets": 2, "memory": "8192", "cpu": "host", "vcpus": 2, "numa": 1, "machine": "q35"}


@pytest.mark.parametrize(("option", "value"), HOT_OF_VMS.items())
def test_a_running_vm_takes_these_at_once(option, value):
    _unused, ask = asking()
    ask("PUT", f"{VM}/config", **{option: value})
    assert running(ask, VM, option) == value
    assert waiting(ask, VM) == {}


@pytest.mark.parametrize(("option", "value"), COLD_OF_VMS.items())
def test_a_running_vm_takes_these_with_its_next_start(option, value):
    world, ask = asking()
    before = running(ask, VM, option)
    ask("PUT", f"{VM}/config", **{option: value})
    assert running(ask, VM, option) == before != value
    assert ask("GET", f"{VM}/config")[option] == value
    assert waiting(ask, VM) == {option: value}
    world.power(world.guests[101], "reboot", ME)
    until(world, lambda: not world.guests[101].pending)
    until(world, lambda: world.guests[101].is_running)
    assert running(ask, VM, option) == value
    assert waiting(ask, VM) == {}


@pytest.mark.parametrize(
    ("option", "value"),
    {"cores": 4, "cpuunits": 300, "cpulimit": "1.5", "memory": 2048, "swap": 0, "tags": "web"}.items(),
)
def test_a_running_container_takes_these_at_once(option, value):
    world, ask = asking()
    ask("PUT", f"{CONTAINER}/config", **{option: value})
    assert running(ask, CONTAINER, option) == value
    assert waiting(ask, CONTAINER) == {}
    assert (world.guests[201].cores, world.guests[201].memory) == (
        4 if option == "cores" else 2,
        (2 if option == "memory" else 4) * 2**30,
    )


def test_a_running_container_takes_others_with_its_next_start():
    _unused, ask = asking()
    ask("PUT", f"{CONTAINER}/config", tty=1, features="nesting=1")
    assert waiting(ask, CONTAINER) == {"tty": 1, "features": "nesting=1"}


def test_a_guest_that_is_stopped_takes_everything_at_once():
    world, ask = asking()
    ask("PUT", f"{STOPPED}/config", cores=8, memory="16384", cpuunits=50)
    assert running(ask, STOPPED, "cores") == 8
    assert world.guests[102].memory == 16 * 2**30
    assert waiting(ask, STOPPED) == {}


def test_features_of_hotplug_decide():
    _unused, ask = asking("  - {vmid: 103, node: pve1, memory: 4G, config: {hotplug: 'cpu,memory', vcpus: 2}}\n")
    path = "/nodes/pve1/qemu/103"
    ask("PUT", f"{path}/config", vcpus=4, memory="6144", net1="virtio=BC:24:11:00:00:01,bridge=vmbr0")
    assert waiting(ask, path) == {"net1": "virtio=BC:24:11:00:00:01,bridge=vmbr0"}
    assert running(ask, path, "memory") == "6144"
    ask("PUT", f"{path}/config", delete="vcpus,hotplug")
    assert waiting(ask, path)["hotplug"] == ("gone", 1)
    assert "vcpus" not in waiting(ask, path)


def test_the_device_of_the_balloon_comes_and_goes_with_a_start():
    _unused, ask = asking()
    ask("PUT", f"{VM}/config", balloon=0)
    assert waiting(ask, VM) == {"balloon": 0}
    ask("PUT", f"{VM}/config", balloon=1024)
    assert (waiting(ask, VM), running(ask, VM, "balloon")) == ({}, 1024)
    ask("PUT", f"{VM}/config", delete="balloon")
    assert (waiting(ask, VM), running(ask, VM, "balloon")) == ({}, None)


def test_what_waits_can_be_taken_back_and_goes_when_nothing_is_left_of_it():
    _unused, ask = asking()
    before = ask("GET", f"{VM}/config")
    ask("PUT", f"{VM}/config", cores=8, memory="8192", delete="cpu,cpuunits")
    assert waiting(ask, VM) == {"cores": 8, "memory": "8192", "cpu": ("gone", 1)}
    assert ask("GET", f"{VM}/config").get("cpu") is None
    ask("PUT", f"{VM}/config", revert="cores,cpu")
    assert waiting(ask, VM) == {"memory": "8192"}
    ask("PUT", f"{VM}/config", memory="4096", cpuunits=200)
    assert waiting(ask, VM) == {}
    assert ask("GET", f"{VM}/config") == before


def test_of_two_wishes_the_later_one_counts():
    _unused, ask = asking()
    ask("PUT", f"{VM}/config", delete="cpu")
    ask("PUT", f"{VM}/config", cpu="host")
    assert waiting(ask, VM) == {"cpu": "host"}
    assert ask("GET", f"{VM}/config")["cpu"] == "host"
    ask("PUT", f"{VM}/config", delete="cpu")
    assert waiting(ask, VM) == {"cpu": ("gone", 1)}


def test_the_least_may_be_all_of_the_memory():
    _unused, ask = asking()
    ask("PUT", f"{VM}/config", balloon=4096)
    assert running(ask, VM, "balloon") == 4096


def test_changes_that_wait_are_part_of_the_digest_and_go_along_with_the_guest():
    world, ask = asking()
    before = ask("GET", f"{VM}/config")["digest"]
    ask("PUT", f"{VM}/config", cores=8)
    assert ask("GET", f"{VM}/config")["digest"] != before
    world.place(world.guests[101], "pve2")
    assert waiting(ask, "/nodes/pve2/qemu/101") == {"cores": 8}


@pytest.mark.parametrize(
    ("profile", "path", "text"),
    [
        ("9.2", VM, "checksum mismatch (file change by other user?)"),
        ("8.4", VM, "checksum missmatch (file change by other user?)"),
        ("9.2", CONTAINER, "detected modified configuration - file changed by other user? Try again."),
    ],
)
def test_a_stale_digest_is_refused(profile, path, text):
    world, ask = asking(profile=profile)
    digest = ask("GET", f"{path}/config")["digest"]
    world.change_config(world.guests[int(path[-3:])], {"description": "me too"})
    assert refusal(ask, path, cpuunits=300, digest=digest) == text
    ask("PUT", f"{path}/config", cpuunits=300, digest=ask("GET", f"{path}/config")["digest"])
    assert running(ask, path, "cpuunits") == 300


@pytest.mark.parametrize(("path", "word"), [(VM, "VM"), (CONTAINER, "CT")])
def test_a_locked_guest_is_left_alone(path, word):
    world, ask = asking()
    guest = world.guests[int(path[-3:])]
    world.change_config(guest, {"lock": "backup"})
    assert refusal(ask, path, cpuunits=300) == f"{word} is locked (backup)"
    stale = "checksum mismatch (file change by other user?)" if word == "VM" else "CT is locked (backup)"
    assert refusal(ask, path, cpuunits=300, digest="0" * 40) == stale
    assert guest.config.get("cpuunits") != 300


@pytest.mark.parametrize(
    ("path", "params", "complaint"),
    [
        (VM, {}, "no options specified"),
        (VM, {"digest": "0" * 40}, "no options specified"),
        (VM, {"cpuunits": 0}, {"cpuunits": "value must have a minimum value of 1"}),
        (VM, {"cpuunits": 262145}, {"cpuunits": "value must have a maximum value of 262144"}),
        (VM, {"cpulimit": 129}, {"cpulimit": "value must have a maximum value of 128"}),
        (VM, {"shares": 50001}, {"shares": "value must have a maximum value of 50000"}),
        (VM, {"shares": "many"}, {"shares": "type check ('integer') failed - got 'many'"}),
        (VM, {"memory": "8"}, {"memory": "invalid format - format error\nmemory.current: value must have a minimum value of 16\n"}),
        (VM, {"balloon": 4097}, "balloon value too large (must be smaller than assigned memory)"),
        (VM, {"memory": "1024", "balloon": 2048}, "balloon value too large (must be smaller than assigned memory)"),
        (VM, {"delete": "nonsense"}, {"delete": "unknown option 'nonsense'"}),
        (VM, {"revert": "nonsense"}, {"revert": "unknown option 'nonsense'"}),
        (VM, {"cores": 2, "delete": "cores"}, {"delete": "you can't use '-cores' and -delete cores' at the same time"}),
        (VM, {"cores": 2, "revert": "cores"}, {"delete": "you can't use '-cores' and '-revert cores' at the same time"}),
        (VM, {"delete": "cores", "revert": "cores"}, {"revert": "you can't use '-delete cores' and '-revert cores' at the same time"}),
        (VM, {"lock": "backup"}, "only root can set 'lock' config"),
        (VM, {"args": "-S"}, "only root can set 'args' config"),
        (VM, {"hostpci0": "0000:01:00.0"}, "only root can set 'hostpci0' config for non-mapped devices"),
        (VM, {"skiplock": 1, "cores": 2}, {"skiplock": "Only root may use this option."}),
        (CONTAINER, {"delete": "memory"}, "unable to delete required option 'memory'"),
        (CONTAINER, {"unprivileged": 0}, "unable to modify read-only option: 'unprivileged'"),
        (CONTAINER, {"cpuunits": 500001}, {"cpuunits": "value must have a maximum value of 500000"}),
        (CONTAINER, {"memory": 8}, {"memory": "value must have a minimum value of 16"}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_written(path, params, complaint):
    world, ask = asking()
    before = dict(world.guests[int(path[-3:])].config)
    assert refusal(ask, path, **params) == complaint
    assert (world.guests[int(path[-3:])].config, waiting(ask, path)) == (before, {})


def test_each_option_takes_the_privilege_of_its_area():
    world, _unused = asking()
    weak = Asking(world, WEAK)
    weak("PUT", f"{VM}/config", cpuunits=300, cpulimit=2)
    assert refusal(weak, VM, cpuunits=300, balloon=1024) == "Permission check failed (/vms/101, VM.Config.Memory)"
    assert refusal(weak, VM, delete="shares") == "Permission check failed (/vms/101, VM.Config.Memory)"
    assert refusal(weak, VM, name="mine") == "Permission check failed (/vms/101, VM.Config.Options)"
    assert refusal(weak, VM, net0="virtio,bridge=vmbr0") == "Permission check failed (/vms/101, VM.Config.Network)"
    assert refusal(weak, VM, scsi1="ceph:4") == "Permission check failed (/vms/101, VM.Config.Disk)"
    assert refusal(weak, VM, ciuser="me") == "Permission check failed (/vms/101, VM.Config.Cloudinit|VM.Config.Network)"


def test_startup_changes_the_host_too():
    world = a_world(WORLD.replace("VM.Config.CPU]", "VM.Config.CPU, VM.Config.Options]"))
    weak = Asking(world, WEAK)
    assert refusal(weak, VM, startup="order=1") == "Permission check failed (/, Sys.Modify)"
    weak("PUT", f"{VM}/config", name="mine")


def test_weights_beyond_the_largest_are_cut_for_vms():
    world, ask = asking()
    ask("PUT", f"{VM}/config", cpuunits=262144)
    ask("PUT", f"{CONTAINER}/config", cpuunits=262144)
    assert (running(ask, VM, "cpuunits"), running(ask, CONTAINER, "cpuunits")) == (10000, 262144)
    assert [world.guests[vmid].shapes.latest.weight for vmid in (101, 201)] == [10000, 10000]


def test_the_task_does_the_same_and_says_so():
    world, ask = asking()
    upid = ask("POST", f"{VM}/config", cpuunits=300, cores=8)
    task = world.tasks.get(upid)
    until(world, lambda: not task.is_running)
    assert (task.type, task.exitstatus, task.log[0]) == ("qmconfig", "OK", "update VM 101: -cores 8 -cpuunits 300")
    assert (running(ask, VM, "cpuunits"), waiting(ask, VM)) == (300, {"cores": 8})
    assert ask("POST", f"{VM}/config", cpuunits=400, background_delay=5) is None
    assert running(ask, VM, "cpuunits") == 400
    assert refusal(ask, VM, "POST", cpuunits=1, digest="0" * 40) == "checksum mismatch (file change by other user?)"


def test_a_task_that_fails_changes_nothing():
    world, ask = asking("faults: [{fail_task: no luck, task: qmconfig, count: 2}]\n")
    task = world.tasks.get(ask("POST", f"{VM}/config", cpuunits=300))
    assert (task.exitstatus, running(ask, VM, "cpuunits")) == ("no luck", 200)
    assert refusal(ask, VM, "POST", cpuunits=300, background_delay=5) == "failed to update VM 101: no luck"


def test_without_quorum_nothing_is_written():
    world, ask = asking()
    world.lose_quorum()
    assert "unable to open file '/etc/pve/nodes/pve1/qemu-server/101.conf.tmp." in refusal(ask, VM, cpuunits=300)
    task = world.tasks.get(ask("POST", f"{VM}/config", cpuunits=300))
    assert "Permission denied" in task.exitstatus
    assert running(ask, VM, "cpuunits") == 200


def test_a_weight_that_is_written_is_felt():
    text = "cluster: {name: t, history: 1h}\nnodes: {pve1: {cores: 4}}\n" + ACCESS + (
        "acl: [{path: /, user: drs@pve, role: Administrator}]\n"
        "guests: [{vmid: 101, node: pve1, load: {cpu: 4}}, {vmid: 102, node: pve1, load: {cpu: 4}}]"
    )  # fmt: skip
    world = a_world(text)
    ask = Asking(world, ADMIN)
    ask("PUT", f"{VM}/config", cpuunits=300)
    world.clock.advance(120)
    statuses = [ask("GET", f"{path}/status/current") for path in (VM, STOPPED)]
    assert [status["cpu"] for status in statuses] == [0.75, 0.25]
    assert [status["pressurecpusome"] for status in statuses] == [25, 75]
    rows = [ask("GET", f"{path}/rrddata", timeframe="hour")[-1] for path in (VM, STOPPED)]
    assert [(row["cpu"], row["pressurecpusome"]) for row in rows] == [(0.75, 25), (0.25, 75)]
    listed = {row["vmid"]: row["cpu"] for row in ask("GET", "/cluster/resources", type="vm")}
    assert listed == {101: 0.75, 102: 0.25}


def test_a_file_that_would_make_no_sense_is_not_written():
    world, ask = asking()
    with pytest.raises(ValueError, match="many"):
        world.change_config(world.guests[101], {"cpuunits": "many"})
    assert running(ask, VM, "cpuunits") == 200


def test_a_snapshot_and_the_present_state_are_two_things():
    _unused, ask = asking("  - {vmid: 104, node: pve1, snapshots: [{name: before}]}\n")
    with pytest.raises(Refused) as caught:
        ask("GET", "/nodes/pve1/qemu/104/config", snapshot="before", current=1)
    assert set(caught.value.errors) == {"snapshot", "current"}


def test_new_disks_are_made_and_new_cards_get_addresses():
    world, ask = asking()
    ask("PUT", f"{VM}/config", scsi0="ceph:4", net1="virtio,bridge=vmbr0")
    ask("PUT", f"{VM}/config", scsi1="ceph:8,discard=on")
    assert (running(ask, VM, "scsi0"), running(ask, VM, "scsi1")) == (
        "ceph:vm-101-disk-0,size=4G",
        "ceph:vm-101-disk-1,discard=on,size=8G",
    )
    assert running(ask, VM, "net1").startswith("virtio=BC:24:11:")
    assert refusal(ask, VM, scsi2="nowhere:4") == "storage 'nowhere' does not exist"
    world.storage_down("ceph", "pve1")
    assert refusal(ask, VM, scsi2="ceph:4") == "storage 'ceph' is not online"
    assert world.tasks.get(ask("POST", f"{VM}/config", scsi2="ceph:4")).exitstatus == "storage 'ceph' is not online"
    assert running(ask, VM, "scsi2") is None
